using System.Text.Json;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

// Snapshots: their roots are computed again wherever the log names one, and a replay may begin from one.
public sealed partial class MissionReplay
{
    // Ids of all intents so far: part of a snapshot.
    private readonly HashSet<Guid> _intents = [];

    // Cells that lived when the snapshot was taken. Their memory is in no snapshot (it is a cache, DESIGN §5), so what they do
    // cannot be executed again: their recorded writes are applied. Cells booted later are executed.
    private readonly HashSet<CellId> _older = [];

    private Func<long, CancellationToken, Task<Entry?>>? _earlier;
    private EntryHeader _header;

    /// <summary>The last entry whose effects were read from a snapshot; null when the replay begins at the first entry.</summary>
    public long? Start { get; private set; }

    /// <summary>Begins from a snapshot; <see cref="RunAsync"/> is then given the entries after <see cref="Start"/>.</summary>
    /// <param name="snapshot">Opened and compared with its root.</param>
    /// <param name="earlier">Reads one entry: what later tasks are given may stand before the start.</param>
    /// <exception cref="SnapshotException">It does not fit the log.</exception>
    public async Task BeginFromAsync(SnapshotReader snapshot, Func<long, CancellationToken, Task<Entry?>> earlier, CancellationToken cancel)
    {
        snapshot.RequireIn(await earlier(snapshot.At.Seq + 1, cancel));
        for (var seq = 1L; seq <= snapshot.SubmittedSeq; seq++)
        {
            var entry = await earlier(seq, cancel) ?? throw new SnapshotException($"The log has no entry {seq}.");
            _secretErased |= entry is { Header.Kind: EntryKinds.EpochBegan, Payload: null };
            _state.Apply(entry);
        }

        snapshot.ReadInto(_state);
        _chain = snapshot.At.Chain;
        _intents.UnionWith(snapshot.Intents);
        _older.UnionWith(_state.Machine.RunningCells);
        _earlier = earlier;
        Start = _report.Start = snapshot.At.Seq;
        _header = new EntryHeader(tenant, StreamId.Of(mission), snapshot.At.Seq, snapshot.At.Epoch, snapshot.At.TimeUs, "", "");
    }

    /// <summary>The entry belongs to a cell that is older than the snapshot this replay began from.</summary>
    private bool IsOfOlderCell(Entry entry)
    {
        if (_older.Count + _olderEnded.Count == 0 || entry.Header.Kind is not (EntryKinds.Action or EntryKinds.ActionAborted or EntryKinds.CellStopped))
        {
            return false;
        }

        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var cell = RecordedBodies.Cell(document.RootElement);
        return _older.Contains(cell) || (entry.Header.Kind == EntryKinds.CellStopped && _olderEnded.Remove(cell));
    }

    /// <summary>A task dispatched now may read what stood before the start.</summary>
    private async Task FetchInputAsync(Entry entry)
    {
        if (_earlier is null || entry.Header.Kind is not (EntryKinds.TaskDispatched or EntryKinds.GateOpened))
        {
            return;
        }

        var input = InputIn(entry);
        if (input.Kind == InputKind.None || input.Seq > Start || _bytes.Contains(input.Seq) || _erasedInputs.Contains(input.Seq))
        {
            return;
        }

        if (await _earlier(input.Seq, CancellationToken.None) is not { } source)
        {
            return;
        }

        if (source.Payload is not { } payload)
        {
            _erasedInputs.Add(input.Seq);
        }
        else if (source.PayloadSalt is { Length: PayloadDigest.SaltBytes } salt && RecordedBodies.PayloadDigest(source.Body) == PayloadDigest.Hex(salt, payload))
        {
            _bytes.Add(input.Seq, input.Kind == InputKind.Item ? payload : ActionPayload.ReadResult(payload));
        }
    }

    private static InputReference InputIn(Entry dispatched)
    {
        try
        {
            if (dispatched.Header.Kind == EntryKinds.GateOpened)
            {
                using var shown = JsonDocument.Parse(dispatched.Payload ?? "{}"u8.ToArray());
                return shown.RootElement.TryGetProperty("input", out var input) ? InputReference.Read(input) : InputReference.None;
            }

            using var document = JsonDocument.Parse(dispatched.Body.Utf8);
            return InputReference.Read(document.RootElement.GetProperty("input"));
        }
        catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // Judged, and told, when the entry's turn comes.
            return InputReference.None;
        }
    }

    /// <summary>The host's word on its whole state, against the one this replay came to.</summary>
    private void Snapshot(Entry entry)
    {
        var content = MissionSnapshot.Write(new StreamPosition(_header.Seq, _header.Epoch, _header.TimeUs, _chain), _intents, _state);
        var draft = EntryBodies.SnapshotTaken(RecordedBodies.Host(entry.Header), content.Root, content.StateRoot, content.Bytes.Length);
        Link(entry, draft.Body);
        _report.Snapshots++;
        _state.Apply(entry);
    }
}
