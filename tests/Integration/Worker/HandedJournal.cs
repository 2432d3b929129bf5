using System.Threading.Channels;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>Every commit is durable and handed on.</summary>
internal sealed class HandedJournal : IJournal
{
    private readonly Channel<CommitBatch> _commits = Channel.CreateUnbounded<CommitBatch>();

    public ChannelReader<CommitBatch> Commits => _commits.Reader;

    public async Task<CommitOutcome> CommitAsync(CommitBatch batch, CancellationToken ct)
    {
        await batch.Sealing;
        await _commits.Writer.WriteAsync(batch, ct);
        return CommitOutcome.Durable.Instance;
    }

    public Task<HeadRow?> ReadHeadAsync(TenantId tenant, StreamId stream, CancellationToken ct) => throw new NotSupportedException();

    public IAsyncEnumerable<Entry> ReadAsync(TenantId tenant, StreamId stream, long afterSeq, CancellationToken ct) => throw new NotSupportedException();
}
