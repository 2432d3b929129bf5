using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// A module's bytes and what is known of them without compiling: size, validity and declarations. What it is compiled by, and where, is
/// the caller's business.
/// </summary>
public sealed class InspectedModule
{
    private readonly AdmissionLimits _limits;

    internal InspectedModule(ModuleDigest digest, ReadOnlyMemory<byte> wasm, AdmissionLimits limits, ModuleShape? shape, ModuleRefusal? refusal)
    {
        Digest = digest;
        Wasm = wasm;
        _limits = limits;
        Shape = shape;
        Capture = refusal is null && shape is not null ? CapturePlan.Of(wasm.Span, shape) : null;
        Refusal = refusal is null ? null : ModuleAdmission.Refused(refusal, shape, limits);
    }

    public ModuleDigest Digest { get; }

    public ReadOnlyMemory<byte> Wasm { get; }

    /// <summary>What is given to the compiler: see <see cref="GlobalExports"/>. Of a module that may be compiled.</summary>
    public ReadOnlyMemory<byte> Prepared => Capture is null ? Wasm : GlobalExports.Append(Wasm, Capture);

    /// <summary>Null when it may be compiled.</summary>
    public AdmissionResult? Refusal { get; }

    /// <summary>Null only of what is refused.</summary>
    internal ModuleShape? Shape { get; }

    /// <summary>Null only of what is refused.</summary>
    internal CapturePlan? Capture { get; }

    /// <summary>The verdict on a module that was compiled, linked and asked for its ABI.</summary>
    public AdmissionResult Admitted(CellModule module) => ModuleAdmission.Admitted(Shape!, module.AbiVersion) with { NotCaptured = module.NotCaptured };

    /// <summary>The verdict on a module that was not.</summary>
    /// <param name="code">One of <see cref="AdmissionCodes"/>.</param>
    public AdmissionResult Refused(string code, string reason) => ModuleAdmission.Refused(new ModuleRefusal(code, reason), Shape, _limits);
}
