using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>How a short-lived child ended.</summary>
/// <param name="ExitCode">128 and the signal's number when one ended it.</param>
/// <param name="TimedOut">It was killed because its time was over.</param>
/// <param name="Said">What it wrote on standard error, a few hundred characters at most.</param>
internal readonly record struct ChildEnd(int ExitCode, bool TimedOut, string Said)
{
    /// <summary>Processor time it had taken when it was killed because its time was over.</summary>
    public TimeSpan Cpu { get; init; }

    /// <summary>Null when the child ended by itself.</summary>
    public int? Signal => ExitCode > 128 ? ExitCode - 128 : null;

    public string How => Signal is { } signal ? $"was ended by signal {signal}" : $"ended with exit code {ExitCode}";
}

/// <summary>
/// One child from start to end: its wall time is bounded, what it says on standard error is read and bounded, and whatever happens it is
/// gone and reaped afterwards. It has no children of its own.
/// </summary>
internal static class ChildRun
{
    private const int MostSaid = 400;

    /// <param name="talk">Writes standard input and reads standard output; an <see cref="IOException"/> of it means that the child went first.</param>
    /// <exception cref="VoxeltronException">It could not be started (<c>child_not_started</c>).</exception>
    public static async Task<ChildEnd> RunAsync(ProcessStartInfo start, TimeSpan wallLimit, Func<Process, CancellationToken, Task> talk, CancellationToken cancel)
    {
        using var process = StartOrThrow(start);
        using var patience = new CancellationTokenSource(wallLimit);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        var said = ReadSaidAsync(process.StandardError.BaseStream, either.Token);
        try
        {
            try
            {
                await talk(process, either.Token);
            }
            catch (IOException)
            {
                // How it ended says more than the pipe.
            }

            await process.WaitForExitAsync(either.Token);
            return new ChildEnd(process.ExitCode, TimedOut: false, await said);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            var cpu = process.HasExited ? TimeSpan.Zero : process.TotalProcessorTime;
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            return new ChildEnd(process.ExitCode, TimedOut: true, "") { Cpu = cpu };
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static Process StartOrThrow(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Exception fault) when (fault is Win32Exception or InvalidOperationException)
        {
            throw new VoxeltronException("child_not_started", $"{start.FileName} could not be started: {fault.Message}", fault);
        }
    }

    // Read to the end whatever its length: a child that is not listened to would stop.
    private static async Task<string> ReadSaidAsync(Stream errors, CancellationToken cancel)
    {
        var kept = new byte[MostSaid];
        var more = new byte[4096];
        var length = 0;
        try
        {
            for (int read; (read = await errors.ReadAsync(more, cancel)) > 0;)
            {
                var taken = Math.Min(read, kept.Length - length);
                more.AsSpan(0, taken).CopyTo(kept.AsSpan(length));
                length += taken;
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException)
        {
            // What was heard until then is what there is.
        }

        return Encoding.UTF8.GetString(kept, 0, length).Trim();
    }
}
