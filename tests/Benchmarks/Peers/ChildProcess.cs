using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Voxeltron.Benchmarks;

/// <summary>
/// A program started for a measurement that cannot outlive it: it is killed when this is disposed, and as well when this process
/// ends in any other way, because its guard's standard input closes then.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    // A signal at the parent's death would not do: it follows the thread that started the program, and pool threads come and go.
    // "read" succeeds on a line, fails above 128 when a second went by, and else because nobody holds the other end any more.
    private const string Guard = """
        exec 3<&0
        "$@" </dev/null 3<&- &
        child=$!
        trap 'kill -KILL "$child" 2>/dev/null; wait "$child" 2>/dev/null' EXIT
        while kill -0 "$child" 2>/dev/null; do
          read -r -t 1 -u 3 _ || (($? > 128)) || break
        done
        """;

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    private readonly Process _guard;
    private readonly StreamWriter _log;

    private ChildProcess(Process guard, StreamWriter log) => (_guard, _log) = (guard, log);

    public bool IsRunning => !_guard.HasExited;

    /// <summary>CPU time of the program; zero when it ended.</summary>
    public double CpuMs => ProcessCpu.TreeMs(_guard.Id);

    /// <param name="logFile">Gets everything the program says; standard output too, unless someone reads its lines.</param>
    /// <param name="onLine">Called with each line of standard output.</param>
    public static ChildProcess Start(string logFile, IEnumerable<KeyValuePair<string, string>> environment, Action<string>? onLine, params string[] command)
    {
        var start = new ProcessStartInfo("bash", ["-c", Guard, "guard", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(logFile)!,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var log = new StreamWriter(logFile, append: false) { AutoFlush = true };
        var guard = new Process { StartInfo = start };
        guard.OutputDataReceived += (_, line) => Take(line.Data, onLine ?? Log);
        guard.ErrorDataReceived += (_, line) => Take(line.Data, Log);
        guard.Start();
        guard.BeginOutputReadLine();
        guard.BeginErrorReadLine();
        return new ChildProcess(guard, log);

        static void Take(string? line, Action<string> take)
        {
            if (line is not null)
            {
                take(line);
            }
        }

        void Log(string line)
        {
            lock (log)
            {
                log.WriteLine(line);
            }
        }
    }

    /// <summary>Returns when the program has ended and its last line was given out.</summary>
    public Task WaitAsync(CancellationToken cancel) => _guard.WaitForExitAsync(cancel);

    /// <summary>A port nobody listens on at this moment.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        _guard.StandardInput.Close();
        using (var patience = new CancellationTokenSource(StopPatience))
        {
            try
            {
                await _guard.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _guard.Kill(entireProcessTree: true);
                _guard.WaitForExit();
            }
        }

        _guard.Dispose();
        await _log.DisposeAsync();
    }
}
