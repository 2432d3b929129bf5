using Voxeltron.Kernel;

namespace Voxeltron.Hosting;

/// <summary>Which running process this is among those of one kind, e.g. <c>worker-2</c>. A label for people and file names, no identity.</summary>
/// <param name="Kind">api, worker or sre: also the section of the configuration it reads.</param>
/// <param name="Name">Lower-case letters, digits and dashes.</param>
public sealed record FabricInstance(string Kind, string Name)
{
    public const string Variable = "VOXELTRON_INSTANCE";

    public static FabricInstance FromEnvironment(string kind)
    {
        var name = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrWhiteSpace(name))
        {
            return new FabricInstance(kind, kind);
        }

        // The name becomes part of a file's name.
        return TenantId.IsValid(name)
            ? new FabricInstance(kind, name)
            : throw new VoxeltronException("bad_setting", $"{Variable} is '{name}': use lower-case letters, digits and dashes, starting with a letter.");
    }
}
