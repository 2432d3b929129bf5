using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>One thing that is not as it was written.</summary>
/// <param name="Code">Stable; one of <see cref="FindingCodes"/>.</param>
/// <param name="Message">For people: what was expected, what was found.</param>
public sealed record Finding(string Code, TenantId? Tenant, StreamId? Stream, long? Seq, string Message);
