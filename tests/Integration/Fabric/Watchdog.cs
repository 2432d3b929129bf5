using System.Diagnostics;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// A shell that outlives this process by a moment: when our end of its pipe closes, however that comes about, it kills the
/// processes it was told of. So a test run that is killed leaves no fabric behind.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private const string Script = """
        pids=
        while read -r line; do
          case $line in
            done) exit ;;
            +*) pids="$pids ${line#+} " ;;
            -*) pids=$(printf '%s' "$pids" | sed "s/ ${line#-} / /") ;;
          esac
        done
        [ -z "$pids" ] || kill -KILL $pids 2>/dev/null
        """;

    private readonly Process _shell;

    public Watchdog()
    {
        var start = new ProcessStartInfo("sh", ["-c", Script]) { RedirectStandardInput = true, WorkingDirectory = "/" };
        _shell = Process.Start(start) ?? throw new InvalidOperationException("sh did not start.");
        _shell.StandardInput.AutoFlush = true;
    }

    public void Watch(int pid) => Tell($"+{pid}");

    public void Forget(int pid) => Tell($"-{pid}");

    public void Dispose()
    {
        Tell("done");
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
    }

    private void Tell(string line)
    {
        lock (_shell)
        {
            _shell.StandardInput.WriteLine(line);
        }
    }
}
