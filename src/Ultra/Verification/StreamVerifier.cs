using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>
/// Judges one stream: entries and seals merged by seq, each seen once.
/// Memory: the intents' ids, the cells alive, and the seals of the commit at hand.
/// </summary>
internal sealed partial class StreamVerifier
{
    private readonly StreamRef _stream;
    private readonly HeadRow? _head;
    private readonly KeyRegistry _keys;
    private readonly CommitVerifier _commits;
    private readonly StreamTotals _totals;
    private readonly FindingList _findings;
    private readonly IntentSignatureCheck _signatures;
    private readonly bool _isFabricSystem;

    private long _entries;
    private long _lastSeq;
    private long _lastUs;
    private byte[] _chain = Chain.Zero.ToArray();

    public StreamVerifier(StreamRef stream, HeadRow? head, KeyRegistry keys, CommitVerifier commits, StreamTotals totals, FindingList findings, IntentSignatureCheck signatures)
    {
        _stream = stream;
        _head = head;
        _keys = keys;
        _commits = commits;
        _totals = totals;
        _findings = findings;
        _signatures = signatures;
        _isFabricSystem = stream.Tenant == TenantId.Fabric && stream.Stream == StreamId.System(TenantId.Fabric);
    }

    public async Task VerifyAsync(ILogReader reader, CancellationToken ct)
    {
        _totals.Streams++;
        await using var seals = reader.Seals(_stream.Tenant, _stream.Stream, ct).GetAsyncEnumerator(ct);
        var more = await seals.MoveNextAsync();
        var atEntry = new List<SealRow>();
        await foreach (var entry in reader.Entries(_stream.Tenant, _stream.Stream, ct))
        {
            VerifyEntry(entry);
            for (; more && seals.Current.LastSeq <= entry.Header.Seq; more = await seals.MoveNextAsync())
            {
                atEntry.Add(seals.Current);
            }

            VerifySeals(atEntry);
            atEntry.Clear();
        }

        for (; more; more = await seals.MoveNextAsync())
        {
            _totals.Seals++;
            Report(FindingCodes.SealOutOfPlace, seals.Current.LastSeq, $"A {seals.Current.Role} seal ends at {seals.Current.LastSeq}, beyond the last entry {_lastSeq}.");
        }

        _totals.Entries += _entries;
        EndHostRange();
        JudgeLiveCells();
        VerifyHead();
    }

    private void VerifyHead()
    {
        if (_entries == 0)
        {
            Report(FindingCodes.StreamEmpty, null, "The stream is known but has no entries.");
        }
        else if (_head is null)
        {
            Report(FindingCodes.HeadMissing, _lastSeq, "The stream has entries but no head.");
        }
        else if (_head.Seq != _lastSeq || _head.Epoch != _epoch || !_head.Chain.AsSpan().SequenceEqual(_chain))
        {
            Report(FindingCodes.HeadMismatch, _head.Seq, $"The head says seq {_head.Seq}, epoch {_head.Epoch}; the last entry is seq {_lastSeq}, epoch {_epoch}, or the chain differs.");
        }
    }

    private void Report(string code, long? seq, string message) => _findings.Add(code, _stream, seq, message);
}
