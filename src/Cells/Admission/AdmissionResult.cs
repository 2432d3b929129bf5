namespace Voxeltron.Cells;

/// <summary>Whether a module may run here, and if not, why, by name.</summary>
/// <param name="Admitted">True exactly when <paramref name="Code"/> is null.</param>
/// <param name="Code">One of <see cref="AdmissionCodes"/>.</param>
/// <param name="Reason">For the uploader: what is wrong and where.</param>
/// <param name="AbiVersion">What the module answered; 0 when it was not asked.</param>
/// <param name="Imports">As <c>module.name</c>, in the module's order; empty when it could not be read. Printable.</param>
/// <param name="Exports">Names, in the module's order. Printable; of a refused module no more and no longer than allowed.</param>
public sealed record AdmissionResult(
    bool Admitted, string? Code, string? Reason, int AbiVersion, IReadOnlyList<string> Imports, IReadOnlyList<string> Exports)
{
    /// <summary>Of an admitted module: why its cells cannot hibernate; null when they can.</summary>
    public CaptureRefusal? NotCaptured { get; init; }
}
