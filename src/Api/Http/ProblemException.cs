namespace Voxeltron.Api.Http;

/// <summary>One place in a document or request that is wrong.</summary>
/// <param name="Path">JSON pointer, parameter name, or <c>/n</c> for line n.</param>
internal sealed record ProblemError(string Path, string Code, string Reason);

/// <summary>Ends a request with a problem. For expected refusals only; everything else is a bug or a lost database.</summary>
internal sealed class ProblemException(ProblemKind kind, string detail) : Exception(detail)
{
    public ProblemKind Kind { get; } = kind;

    public IReadOnlyList<ProblemError> Errors { get; init; } = [];

    /// <summary>Ids and codes that belong to the answer, by their JSON names.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Members { get; init; } = [];

    public static ProblemException Parameter(string name, string reason) =>
        new(Problems.ParameterInvalid, $"Parameter '{name}': {reason}") { Errors = [new ProblemError(name, "invalid", reason)] };
}
