using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>A module that admission would refuse was given to the compiler. The fault code is one of <see cref="AdmissionCodes"/>.</summary>
public sealed class ModuleRefusedException(string faultCode, ModuleDigest module, string message) : VoxeltronException(faultCode, message)
{
    public ModuleDigest Module { get; } = module;

    /// <summary>For the uploader: the message without what the caller knows already.</summary>
    public string Reason { get; init; } = message;
}
