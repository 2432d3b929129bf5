using System.Diagnostics;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: a replay that a worker asked for does not outlive it, whatever it is busy with. Method: the program itself, held up for ever by a
/// named pipe it was told to read; then its standard input ends, as it does when a worker is killed.
/// </summary>
public sealed class ReplayParentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vxt-parent-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_replay_ends_when_the_process_that_asked_for_it_is_gone()
    {
        var pipe = Path.Combine(_folder, "pipe");
        await Shell.RunAsync("mkfifo", pipe);
        var start = new ProcessStartInfo("dotnet", ["exec", BuiltFiles.Program("Replay", "voxeltron-replay"), "verify", "--export", pipe, "--root-key", pipe])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["VOXELTRON_REPLAY_ENDS_WITH_INPUT"] = "1";
        using var replay = Process.Start(start)!;
        try
        {
            // Opens when the replay has opened the other end: it waits for bytes that never come.
            await using var other = await Task.Run(() => new FileStream(pipe, FileMode.Open, FileAccess.Write));
            Assert.False(replay.HasExited);
            replay.StandardInput.Close();
            await replay.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(2, replay.ExitCode);
        }
        finally
        {
            replay.Kill();
        }
    }
}
