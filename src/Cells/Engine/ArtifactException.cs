using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>The engine does not take an artifact: made by another version or for other options, or no artifact at all. Compile the module anew.</summary>
public sealed class ArtifactException(ModuleDigest module, string message) : VoxeltronException("artifact_unusable", message)
{
    public ModuleDigest Module { get; } = module;
}
