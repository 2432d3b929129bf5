using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

// What stands under which signature.
internal sealed partial class StreamVerifier
{
    // Entries since the last host seal.
    private readonly MerkleAccumulator _hostRange = new();
    private long _hostRangeFirst;
    private long _hostRangeFromUs;
    private long _hostRangeUntilUs;

    // Actor and cell seals since the last host seal: the host seal says which commit they must name.
    private readonly List<SealRow> _unplaced = [];

    // The intent just read, until its actor seal is.
    private Entry? _intent;

    private void AddToHostRange(Entry entry)
    {
        var timeUs = entry.Header.TimeUs;
        if (_hostRange.Size == 0)
        {
            _hostRangeFirst = entry.Header.Seq;
            (_hostRangeFromUs, _hostRangeUntilUs) = (timeUs, timeUs);
        }

        _hostRangeFromUs = Math.Min(_hostRangeFromUs, timeUs);
        _hostRangeUntilUs = Math.Max(_hostRangeUntilUs, timeUs);
        _hostRange.AppendEntry(entry);
    }

    /// <summary>An epoch or the stream ends: every entry must be under a host seal by now.</summary>
    private void EndHostRange()
    {
        if (_hostRange.Size > 0)
        {
            Report(FindingCodes.HostSealMissing, _hostRangeFirst, $"{_hostRange.Size} entries from seq {_hostRangeFirst} on are under no host seal.");
        }

        _hostRange.Clear();
        _unplaced.Clear();
    }

    /// <param name="seals">All that end at the entry just read, or should have ended before it.</param>
    private void VerifySeals(List<SealRow> seals)
    {
        _totals.Seals += seals.Count;
        foreach (var seal in seals)
        {
            if (seal.Role != SealRoles.Host && IsInPlace(seal))
            {
                VerifyAttribution(seal);
            }
        }

        // After the others: the host seal tells which commit carried them.
        foreach (var seal in seals)
        {
            if (seal.Role == SealRoles.Host && IsInPlace(seal))
            {
                VerifyHostSeal(seal);
            }
        }

        if (_intent is { } intent)
        {
            Report(FindingCodes.ActorSealMissing, intent.Header.Seq, $"The {intent.Header.Kind} is under no valid seal of {intent.Header.Actor}.");
            _intent = null;
        }
    }

    private bool IsInPlace(SealRow seal)
    {
        if (seal.Tenant != _stream.Tenant || seal.Stream != _stream.Stream || seal.LastSeq != _lastSeq)
        {
            Report(FindingCodes.SealOutOfPlace, seal.LastSeq, $"A {seal.Role} seal of {seal.Tenant}/{seal.Stream} ends at {seal.LastSeq}, where no such entry is.");
            return false;
        }

        if (!JcsNumber.IsSafe(seal.CommitNumber) || !JcsNumber.IsSafe(seal.FirstSeq) || !JcsNumber.IsSafe(seal.LastSeq))
        {
            Report(FindingCodes.SealMalformed, seal.LastSeq, "A seal holds numbers no signed statement can.");
            return false;
        }

        return true;
    }

    private void VerifyAttribution(SealRow seal)
    {
        switch (seal.Role)
        {
            case SealRoles.Actor:
                VerifyActorSeal(seal);
                break;
            case SealRoles.Cell:
                VerifyCellSeal(seal);
                break;
            default:
                Report(FindingCodes.SealMalformed, seal.LastSeq, $"No seal has the role '{seal.Role}'.");
                return;
        }

        _unplaced.Add(seal);
    }

    private void VerifyActorSeal(SealRow seal)
    {
        if (_intent is not { } intent)
        {
            Report(FindingCodes.SealOutOfPlace, seal.LastSeq, "An actor seal on an entry that is no intent, or has one already.");
            return;
        }

        if (seal.FirstSeq != seal.LastSeq || seal.EntryCount != 1)
        {
            Report(FindingCodes.SealRange, seal.LastSeq, "An actor seal covers one entry.");
        }

        if (!Chain.BodyDigest(intent.Body).AsSpan().SequenceEqual(seal.Root))
        {
            Report(FindingCodes.SealRoot, seal.LastSeq, "The actor seal's root is not the digest of the body.");
        }

        var actor = intent.Header.Actor;
        var role = RoleOf(actor);
        // A host is named by its id; that the key is this host's, its delegation says below.
        if (role != KeyRoles.Host && actor != Actors.Key(role, seal.Signer))
        {
            Report(FindingCodes.SealSigner, seal.LastSeq, $"The actor is {actor}; the seal says key {seal.Signer}.");
        }

        var key = _keys.Find(seal.Signer, role, actor, intent.Header.TimeUs, _stream, seal.LastSeq);
        if (key is null)
        {
            return;
        }

        if (!_signatures.Verify(key, intent.Body, seal.Signature))
        {
            Report(FindingCodes.SealSignature, seal.LastSeq, $"{actor} did not sign this body.");
            return;
        }

        _intent = null;
    }

    private void VerifyCellSeal(SealRow seal)
    {
        if (!_cellsByKey.TryGetValue(seal.Signer, out var cell))
        {
            Report(FindingCodes.SealSigner, seal.LastSeq, $"A cell seal by key {seal.Signer}, which no cell alive here has.");
            return;
        }

        if (cell.Unsealed == 0 || seal.FirstSeq != cell.FirstUnsealedSeq || seal.LastSeq != cell.LastSeq || seal.EntryCount != cell.Unsealed)
        {
            Report(FindingCodes.SealRange, seal.LastSeq, $"The seal covers {seal.EntryCount} entries {seal.FirstSeq}–{seal.LastSeq}; {cell.Cell} has {cell.Unsealed} unsealed, {cell.FirstUnsealedSeq}–{cell.LastSeq}.");
        }

        if (!cell.Seal().AsSpan().SequenceEqual(seal.Root))
        {
            Report(FindingCodes.SealRoot, seal.LastSeq, $"The seal's root is not that of the entries of {cell.Cell}.");
        }

        VerifySignature(seal, cell.PublicKey);
        _commits.Name(seal.Host, seal.CommitNumber);
    }

    private void VerifyHostSeal(SealRow seal)
    {
        var statement = Statements.Of(seal);
        if (_hostRange.Size == 0 || seal.FirstSeq != _hostRangeFirst || seal.EntryCount != _hostRange.Size)
        {
            Report(FindingCodes.SealRange, seal.LastSeq, $"The host seal covers {seal.EntryCount} entries from {seal.FirstSeq}; {_hostRange.Size} from {_hostRangeFirst} were unsealed.");
        }

        if (!_hostRange.Root().AsSpan().SequenceEqual(seal.Root))
        {
            Report(FindingCodes.SealRoot, seal.LastSeq, "The host seal's root is not that of its entries.");
        }

        if (_epochHost != seal.Host || _epochKid != seal.Signer)
        {
            Report(FindingCodes.SealSigner, seal.LastSeq, $"The seal is by {seal.Host}, key {seal.Signer}; epoch {_epoch} belongs to {_epochHost}, key {_epochKid}.");
        }

        var subject = Actors.Host(seal.Host);
        var key = _keys.Find(seal.Signer, KeyRoles.Host, subject, _hostRangeFromUs, _stream, seal.LastSeq);
        if (key is not null && _keys.Find(seal.Signer, KeyRoles.Host, subject, _hostRangeUntilUs, _stream, seal.LastSeq) is not null)
        {
            VerifySignature(seal, key);
        }

        foreach (var other in _unplaced)
        {
            // An actor seal moves in with its entry; a cell may sign a little later than the entry's commit.
            var fits = other.Role == SealRoles.Actor ? other.CommitNumber == seal.CommitNumber : other.CommitNumber >= seal.CommitNumber;
            if (other.Host != seal.Host || !fits)
            {
                Report(FindingCodes.SealCommit, other.LastSeq, $"The {other.Role} seal names commit {other.CommitNumber} of {other.Host}; its entry is in commit {seal.CommitNumber} of {seal.Host}.");
            }
        }

        _unplaced.Clear();
        _hostRange.Clear();
        _commits.AddHostSeal(seal, statement);
    }

    private void VerifySignature(SealRow seal, byte[] key)
    {
        if (!Ed25519.Verify(key, Dsse.Pae(Dsse.SealType, Statements.Of(seal)), seal.Signature))
        {
            Report(FindingCodes.SealSignature, seal.LastSeq, $"The {seal.Role} seal's signature does not fit its columns.");
        }
    }
}
