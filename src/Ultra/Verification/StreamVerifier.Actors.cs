using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

// Who acted: the epoch's host, an intent's signer, a cell booted here.
internal sealed partial class StreamVerifier
{
    private readonly HashSet<Guid> _intentIds = [];
    private readonly Dictionary<CellId, SealedCell> _cells = [];
    private readonly Dictionary<KeyId, SealedCell> _cellsByKey = [];

    /// <summary>A live cell seals once a second; ten times that is more than a commit ever waits.</summary>
    private const long LongestUnsealedUs = 10_000_000;

    private HostId? _epochHost;
    private KeyId? _epochKid;

    // False between genesis and the epoch.began after it.
    private bool _epochBegan;

    private void BeginEpoch(EntryHeader header, JsonElement body)
    {
        var afterGenesis = _isFabricSystem && !_epochBegan && _entries == 2;
        var previous = _epochBegan ? _epoch : 0;
        if (!afterGenesis)
        {
            EndHostRange();
        }

        // Greater, not greater by one: a claim whose host died before its first commit leaves a number unused.
        if (header.Epoch <= previous || (afterGenesis && header.Epoch != _epoch))
        {
            Report(FindingCodes.EpochMismatch, header.Seq, $"Epoch {header.Epoch} begins after epoch {previous}.");
        }

        RetireCells(superseded: true);
        var named = HostId.TryParse(body.GetText("host"), out var host);
        if (!named || body.GetInteger("epoch") != header.Epoch || body.GetInteger("previous_epoch") != previous || body.GetText("kid") is null)
        {
            Report(FindingCodes.EpochBodyMismatch, header.Seq, $"The body of epoch.began does not say epoch {header.Epoch} after {previous}, with a host and its key.");
        }

        _epoch = header.Epoch;
        _epochHost = named ? host : null;
        _epochKid = body.GetText("kid") is { } kid ? new KeyId(kid) : null;
        _epochBegan = true;
    }

    private void VerifyIntent(Entry entry, JsonElement body)
    {
        var header = entry.Header;
        _intent = entry;
        if (IntentHeader.TryParse(body) is not { } intent || intent.Actor != header.Actor || intent.Kind != header.Kind
            || intent.Stream != header.Stream || intent.Tenant != header.Tenant)
        {
            Report(FindingCodes.IntentMismatch, header.Seq, "The signed intent in the body names another actor, kind, stream or tenant than the header.");
            return;
        }

        if (!_intentIds.Add(intent.Id))
        {
            Report(FindingCodes.IntentDuplicate, header.Seq, $"Intent {intent.Id:N} stands in the stream twice.");
        }

        if (!IntentRoles.MaySign(RoleOf(header.Actor), header.Kind))
        {
            Report(FindingCodes.IntentRole, header.Seq, $"{header.Actor} may not sign a {header.Kind}.");
        }
    }

    private static string RoleOf(string actor) => actor.IndexOf('/') is var slash and >= 0 ? actor[..slash] : "";

    /// <summary>Boots and ends of cells, as the host records them.</summary>
    private void FollowCell(EntryHeader header, JsonElement body)
    {
        if (header.Kind == EntryKinds.CellBooted)
        {
            Boot(header, body);
        }
        else if (header.Kind is EntryKinds.ActionAborted or EntryKinds.CellStopped
            && CellId.TryParse(body.GetText("cell"), out var id) && _cells.TryGetValue(id, out var cell))
        {
            cell.Ended = true;
            if (header.Kind == EntryKinds.CellStopped)
            {
                Retire(cell, superseded: false);
            }
        }
    }

    /// <summary>The boot entry, under the host's seal, is the delegation of the cell's key.</summary>
    private void Boot(EntryHeader header, JsonElement body)
    {
        if (!CellId.TryParse(body.GetText("cell"), out var id) || body.GetBase64("key") is not { Length: Ed25519.PublicKeyBytes } key
            || body.GetText("kid") != KeyId.Of(key).Value)
        {
            Report(FindingCodes.CellBootInvalid, header.Seq, "The boot entry does not name a cell with its public key and key id.");
            return;
        }

        var cell = new SealedCell(id, key);
        if (!_cells.TryAdd(id, cell) || !_cellsByKey.TryAdd(KeyId.Of(key), cell))
        {
            Report(FindingCodes.CellBootInvalid, header.Seq, $"{id} or its key is alive in this stream already.");
        }
    }

    private void VerifyAction(Entry entry, JsonElement body)
    {
        var header = entry.Header;
        const string prefix = "cell/";
        if (!header.Actor.StartsWith(prefix, StringComparison.Ordinal) || !Guid.TryParseExact(header.Actor[prefix.Length..], "N", out var id)
            || !_cells.TryGetValue(new CellId(id), out var cell))
        {
            Report(FindingCodes.CellUnknown, header.Seq, $"An action by {header.Actor}, which is no cell alive in this stream and epoch.");
            return;
        }

        cell.Add(entry);
        cell.Completed |= body.GetText("event") is "task" or "timer" && body.GetText("outcome") is "completed" or "refused" or "returned";
    }

    private void RetireCells(bool superseded)
    {
        foreach (var cell in _cells.Values.ToList())
        {
            Retire(cell, superseded);
        }
    }

    /// <summary>
    /// The log ends here, the cells may not have: what one did in the last moments of its stream it may still seal. Anything
    /// older should be under its seal by now.
    /// </summary>
    private void JudgeLiveCells()
    {
        foreach (var cell in _cells.Values.ToList())
        {
            var pending = cell.Unsealed > 0 && !cell.Completed && !cell.Ended && _lastUs - cell.FirstUnsealedUs <= LongestUnsealedUs;
            Retire(cell, superseded: pending);
        }
    }

    /// <summary>The cell signs no more: what it left unsealed is either excused by how it ended, or missing.</summary>
    private void Retire(SealedCell cell, bool superseded)
    {
        _cells.Remove(cell.Cell);
        _cellsByKey.Remove(KeyId.Of(cell.PublicKey));
        if (cell.Unsealed == 0)
        {
            return;
        }

        if (!cell.Completed && (superseded || cell.Ended))
        {
            _totals.HostSealedOnly += cell.Unsealed;
            return;
        }

        Report(FindingCodes.CellSealMissing, cell.FirstUnsealedSeq, $"{cell.Unsealed} entries of {cell.Cell} from seq {cell.FirstUnsealedSeq} on are under no seal of the cell.");
    }
}
