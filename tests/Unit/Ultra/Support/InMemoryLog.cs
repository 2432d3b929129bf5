using System.Runtime.CompilerServices;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>A log as plain lists, given back in the order a database would sort them. Tests change rows at will.</summary>
public sealed class InMemoryLog : ILogReader
{
    public List<Entry> Entries { get; init; } = [];

    public List<SealRow> Seals { get; init; } = [];

    public List<HeadRow> Heads { get; init; } = [];

    public List<CommitRow> Commits { get; init; } = [];

    public List<LeafRow> Leaves { get; init; } = [];

    public List<CheckpointRow> Checkpoints { get; init; } = [];

    /// <summary>Same rows, own lists.</summary>
    public InMemoryLog Copy() => new()
    {
        Entries = [.. Entries],
        Seals = [.. Seals],
        Heads = [.. Heads],
        Commits = [.. Commits],
        Leaves = [.. Leaves],
        Checkpoints = [.. Checkpoints],
    };

    IAsyncEnumerable<StreamRef> ILogReader.Streams(CancellationToken ct) =>
        Rows(Entries.Select(static e => RefOf(e.Header)).Concat(Heads.Select(static h => new StreamRef(h.Tenant, h.Stream))).Distinct().Order(), ct);

    IAsyncEnumerable<Entry> ILogReader.Entries(TenantId tenant, StreamId stream, CancellationToken ct) =>
        Rows(Entries.Where(e => RefOf(e.Header) == new StreamRef(tenant, stream)).OrderBy(static e => e.Header.Seq), ct);

    IAsyncEnumerable<SealRow> ILogReader.Seals(TenantId tenant, StreamId stream, CancellationToken ct) =>
        Rows(Seals.Where(s => s.Tenant == tenant && s.Stream == stream).OrderBy(static s => s.LastSeq), ct);

    IAsyncEnumerable<HeadRow> ILogReader.Heads(CancellationToken ct) => Rows(Heads, ct);

    IAsyncEnumerable<CommitRow> ILogReader.Commits(CancellationToken ct) =>
        Rows(Commits.OrderBy(static c => c.Host.Hex, StringComparer.Ordinal).ThenBy(static c => c.Number), ct);

    IAsyncEnumerable<LeafRow> ILogReader.Leaves(CancellationToken ct) => Rows(Leaves.OrderBy(static l => l.Index), ct);

    IAsyncEnumerable<CheckpointRow> ILogReader.Checkpoints(CancellationToken ct) => Rows(Checkpoints.OrderBy(static c => c.TreeSize), ct);

    private static StreamRef RefOf(EntryHeader header) => new(header.Tenant, header.Stream);

    private static async IAsyncEnumerable<T> Rows<T>(IEnumerable<T> rows, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var row in rows)
        {
            ct.ThrowIfCancellationRequested();
            yield return row;
        }

        await Task.CompletedTask;
    }
}
