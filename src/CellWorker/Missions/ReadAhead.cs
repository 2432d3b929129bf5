using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Entries are read from the journal while earlier ones are folded: a takeover waits for the slower of the two, not for both.</summary>
internal static class ReadAhead
{
    private const int BatchEntries = 128;

    /// <summary>A payload may have 16 MiB: a batch ends early at this much.</summary>
    private const long BatchBytes = 1024 * 1024;

    /// <summary>Batches read and not folded yet.</summary>
    private const int Batches = 4;

    public static async IAsyncEnumerable<Entry> Of(IAsyncEnumerable<Entry> entries, [EnumeratorCancellation] CancellationToken cancel)
    {
        var batches = Channel.CreateBounded<List<Entry>>(new BoundedChannelOptions(Batches) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var reading = ReadAsync(entries, batches.Writer, stop.Token);
        try
        {
            while (await batches.Reader.WaitToReadAsync(cancel))
            {
                while (batches.Reader.TryRead(out var batch))
                {
                    foreach (var entry in batch)
                    {
                        yield return entry;
                    }
                }
            }

            // What went wrong while reading is told here, after what came before it was folded.
            await reading;
        }
        finally
        {
            // Not CancelAsync, which would run callbacks elsewhere: a simulation has one thread.
            stop.Cancel();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    private static async Task ReadAsync(IAsyncEnumerable<Entry> entries, ChannelWriter<List<Entry>> batches, CancellationToken cancel)
    {
        try
        {
            var (batch, bytes) = (new List<Entry>(BatchEntries), 0L);
            await foreach (var entry in entries.WithCancellation(cancel))
            {
                batch.Add(entry);
                bytes += entry.Body.Length + (entry.Payload?.Length ?? 0);
                if (batch.Count == BatchEntries || bytes >= BatchBytes)
                {
                    await batches.WriteAsync(batch, cancel);
                    (batch, bytes) = (new List<Entry>(BatchEntries), 0);
                }
            }

            if (batch.Count > 0)
            {
                await batches.WriteAsync(batch, cancel);
            }
        }
        finally
        {
            batches.TryComplete();
        }
    }
}
