namespace Voxeltron.Api.Http;

/// <summary>One kind of refusal: what it is called, which status it has, and what whoever sees it should do.</summary>
/// <param name="Code">Stable; the last part of the problem's type.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">The same for every occurrence.</param>
/// <param name="User">What the caller should do. Sent as <c>what_to_do</c>.</param>
/// <param name="Operator">What the operator should do; stands in docs/http.md, "–" when nothing.</param>
internal sealed record ProblemKind(string Code, int Status, string Title, string User, string Operator);
