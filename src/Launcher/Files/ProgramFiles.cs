using Voxeltron.Kernel;

namespace Voxeltron.Launcher;

/// <summary>What is executed, and where its code lies.</summary>
/// <param name="Executable">Absolute, behind all links.</param>
/// <param name="Directories">Of the executable (a runtime's root, if it is one), of the assembly it runs, and of the program that judges snapshots.</param>
internal sealed record ProgramFiles(string Executable, IReadOnlyList<string> Directories)
{
    private const string ReplayVariable = "VOXELTRON_REPLAY";

    public static ProgramFiles Find(LaunchOptions options)
    {
        var executable = Resolve(Which(options.Command[0])
            ?? throw new VoxeltronException("program_missing", $"{options.Command[0]} was not found: name a program by its path, or one on PATH."));
        List<string> directories = [Path.GetDirectoryName(executable)!];
        // dotnet exec X.dll, or dotnet X.dll.
        if (Path.GetFileName(executable) == "dotnet" && options.Command.Skip(1).FirstOrDefault(static word => word.EndsWith(".dll", StringComparison.Ordinal)) is { } assembly)
        {
            directories.Add(Path.GetDirectoryName(Resolve(Path.GetFullPath(assembly)))!);
        }
        else if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } runtime && Directory.Exists(runtime))
        {
            directories.Add(Resolve(runtime));
        }

        if (Environment.GetEnvironmentVariable(ReplayVariable) is { Length: > 0 } replay && File.Exists(replay))
        {
            directories.Add(Path.GetDirectoryName(Resolve(Path.GetFullPath(replay)))!);
        }

        return new ProgramFiles(executable, directories);
    }

    private static string? Which(string program) => program.Contains('/', StringComparison.Ordinal)
        ? File.Exists(program) ? Path.GetFullPath(program) : null
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    private static string Resolve(string path) =>
        (Directory.Exists(path) ? Directory.ResolveLinkTarget(path, returnFinalTarget: true) : File.ResolveLinkTarget(path, returnFinalTarget: true))?.FullName ?? path;
}
