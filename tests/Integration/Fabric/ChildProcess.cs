using System.Diagnostics;
using System.Globalization;
using Voxeltron.Hosting;
using Voxeltron.Tests.Support;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>One real process of a fabric, as the scripts would start it; killed at the latest when its fabric is disposed.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly List<string> _lines = [];
    private readonly Process _process;
    private readonly Watchdog _watchdog;

    private ChildProcess(string name, Process process, Watchdog watchdog) => (Name, _process, _watchdog) = (name, process, watchdog);

    public string Name { get; }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public int Id => _process.Id;

    /// <param name="arguments">Of a program that ends by itself; null: none.</param>
    /// <param name="variables">Set besides the fabric's own.</param>
    /// <param name="launcher">What is executed in its place, and becomes it: program and arguments.</param>
    public static ChildProcess Start(
        string name, string dll, string state, Watchdog watchdog, string[]? arguments = null, IReadOnlyDictionary<string, string>? variables = null,
        IReadOnlyList<string>? launcher = null)
    {
        string[] command = [.. launcher ?? [], "dotnet", "exec", dll, .. arguments ?? []];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Path.GetDirectoryName(dll)!,
        };
        // What another test or the caller's shell set is not this fabric's.
        foreach (var foreign in start.Environment.Keys.Where(static key => key.StartsWith("VOXELTRON_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(foreign);
        }

        start.Environment[FabricState.Variable] = state;
        start.Environment[FabricInstance.Variable] = name;
        start.Environment["VOXELTRON_LOG__FORMAT"] = "text";
        foreach (var (variable, value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[variable] = value;
        }

        var process = new Process { StartInfo = start };
        var child = new ChildProcess(name, process, watchdog);
        process.OutputDataReceived += (_, line) => child.Hear(line.Data);
        process.ErrorDataReceived += (_, line) => child.Hear(line.Data);
        process.Start();
        watchdog.Watch(process.Id);
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>How many lines of its log hold this text.</summary>
    public int Said(string text)
    {
        lock (_lines)
        {
            return _lines.Count(line => line.Contains(text, StringComparison.Ordinal));
        }
    }

    /// <summary>Waits for its end; everything it said, a line each.</summary>
    public async Task<IReadOnlyList<string>> EndAsync()
    {
        await _process.WaitForExitAsync();
        lock (_lines)
        {
            return [.. _lines];
        }
    }

    public string Tail()
    {
        lock (_lines)
        {
            return $"--- {Name} (pid {Id}{(HasExited ? $", ended with {ExitCode}" : "")})\n{string.Join('\n', _lines.TakeLast(25))}";
        }
    }

    /// <summary>As <c>kill -9</c>: nothing of the process runs after this returns.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _watchdog.Forget(Id);
    }

    /// <param name="signal">TERM, STOP, CONT.</param>
    /// <remarks>By the shell's own kill: a small machine has no program of that name.</remarks>
    public Task SignalAsync(string signal) => Shell.RunAsync("sh", "-c", "kill -s \"$0\" \"$1\"", signal, Id.ToString(CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is not null)
        {
            lock (_lines)
            {
                _lines.Add(line);
            }
        }
    }
}
