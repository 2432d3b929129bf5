using System.Diagnostics;

namespace Voxeltron.Cli.Demo;

/// <summary>Runs voxeltron-replay, a program of its own: what it says about the log does not come from the processes it judges.</summary>
public sealed class ReplayTool(TextWriter output, string? stateDirectory)
{
    public const string Variable = "VOXELTRON_REPLAY";

    /// <summary>The words to run a mission of a tenant again; the tool does not know whose key is in use here.</summary>
    public static IReadOnlyList<string> RunArguments(string tenant, string mission) => ["run", mission, "--tenant", tenant];

    /// <summary>True when the tool ran and found nothing.</summary>
    public async Task<bool> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        if (Find() is not { } dll)
        {
            output.WriteLine($"  voxeltron-replay is not built; build src/Replay or set {Variable} to voxeltron-replay.dll");
            return false;
        }

        var start = new ProcessStartInfo(DotnetHost()) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(dll);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        if (stateDirectory is not null)
        {
            start.Environment[Fabric.FabricAddress.StateVariable] = stateDirectory;
        }

        using var process = Process.Start(start) ?? throw new CliException($"{start.FileName} did not start.");
        try
        {
            await Task.WhenAll(CopyAsync(process.StandardOutput, cancel), CopyAsync(process.StandardError, cancel), process.WaitForExitAsync(cancel));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
        {
            output.WriteLine($"  voxeltron-replay {string.Join(' ', arguments)} ended with code {process.ExitCode}");
        }

        return process.ExitCode == 0;
    }

    private async Task CopyAsync(StreamReader from, CancellationToken cancel)
    {
        while (await from.ReadLineAsync(cancel) is { } line)
        {
            lock (output)
            {
                output.WriteLine("  " + line);
            }
        }
    }

    // Beside this program when published together; in a source tree, the build of the same configuration.
    private static string? Find()
    {
        const string name = "voxeltron-replay.dll";
        var here = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        var framework = Path.GetFileName(here);
        var configuration = Path.GetFileName(Path.GetDirectoryName(here)) ?? "";
        IEnumerable<string?> candidates =
        [
            Environment.GetEnvironmentVariable(Variable),
            Path.Combine(here, name),
            Repository.Find() is { } root ? Path.Combine(root, "src", "Replay", "bin", configuration, framework, name) : null,
        ];
        return candidates.FirstOrDefault(c => !string.IsNullOrEmpty(c) && File.Exists(c));
    }

    private static string DotnetHost()
    {
        if (Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet")
        {
            return self;
        }

        var root = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        return string.IsNullOrEmpty(root) ? "dotnet" : Path.Combine(root, "dotnet");
    }
}
