using System.Runtime.CompilerServices;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>Goal: what is read ahead is what was read, in its order, with its fault, and never much of it. Method: sources that count what is asked of them.</summary>
public sealed class ReadAheadTests
{
    private int _read;
    private bool _ended;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(1_000)]
    public async Task Entries_come_as_they_stand(int count)
    {
        var seqs = new List<long>();
        await foreach (var entry in ReadAhead.Of(Source(count), CancellationToken.None))
        {
            seqs.Add(entry.Header.Seq);
        }

        Assert.Equal(Enumerable.Range(1, count).Select(static i => (long)i), seqs);
        Assert.True(_ended);
    }

    [Fact]
    public async Task A_fault_comes_after_all_that_was_read_before_it()
    {
        var seen = 0;
        var fault = await Assert.ThrowsAsync<JournalUnavailableException>(async () =>
        {
            await foreach (var _ in ReadAhead.Of(Source(500, faultAt: 300), CancellationToken.None))
            {
                seen++;
            }
        });
        Assert.Equal("away", fault.Message);
        // The batch that was being filled is lost with the fault; nothing of it was folded.
        Assert.Equal(256, seen);
    }

    [Fact]
    public async Task Whoever_stops_early_stops_the_reading_too_and_large_payloads_are_not_gathered()
    {
        await foreach (var entry in ReadAhead.Of(Source(1_000, payload: 2 * 1024 * 1024), CancellationToken.None))
        {
            Assert.Equal(1, entry.Header.Seq);
            break;
        }

        Assert.True(_ended);
        Assert.InRange(_read, 1, 8);
    }

    private async IAsyncEnumerable<Entry> Source(int count, int faultAt = -1, int payload = 0, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        try
        {
            for (var i = 1; i <= count; i++)
            {
                await Task.Yield();
                cancel.ThrowIfCancellationRequested();
                _read++;
                if (i == faultAt)
                {
                    throw new JournalUnavailableException("away", indeterminate: false, new TimeoutException());
                }

                yield return new Entry(new EntryHeader(new TenantId("demo"), new StreamId(Guid.Empty), i, 1, 1, EntryKinds.EpochBegan, "host/test"), "{}", payload == 0 ? null : new byte[payload], null, []);
            }
        }
        finally
        {
            _ended = true;
        }
    }
}
