using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

// One entry by itself: place, chain, body, payload; then the rules of its kind.
internal sealed partial class StreamVerifier
{
    // An actor is role/32 hex digits; twice the longest is more than enough to be read, and fits the header's length field.
    private const int MaxActorLength = 128;

    // The header's epoch, while the stream is read.
    private long _epoch;

    private void VerifyEntry(Entry entry)
    {
        var header = entry.Header;
        if (header.Tenant != _stream.Tenant || header.Stream != _stream.Stream)
        {
            Report(FindingCodes.StreamMismatch, header.Seq, $"The entry says it belongs to {header.Tenant}/{header.Stream}.");
        }

        if (header.Seq != _lastSeq + 1)
        {
            Report(FindingCodes.SeqGap, header.Seq, $"Seq {header.Seq} follows {_lastSeq}.");
        }

        VerifyChain(entry);
        _entries++;
        _lastSeq = header.Seq;
        _lastUs = header.TimeUs;

        var length = entry.Body.Length;
        if (length > Limits.EntryBodyBytes)
        {
            Report(FindingCodes.BodyTooLarge, header.Seq, $"The body is {length} bytes; at most {Limits.EntryBodyBytes}.");
        }

        using var body = ParseBody(entry);
        VerifyPayload(entry, body.RootElement);
        VerifyKind(entry, body.RootElement);
        AddToHostRange(entry);
    }

    private void VerifyChain(Entry entry)
    {
        var header = entry.Header;
        if (header.Actor.Length > MaxActorLength || header.Kind.Length > MaxActorLength)
        {
            Report(FindingCodes.HeaderMalformed, header.Seq, "Kind or actor is longer than any that was ever written.");
            return;
        }

        var expected = Chain.Next(_chain, header, entry.Body);
        if (!entry.Chain.AsSpan().SequenceEqual(expected))
        {
            Report(FindingCodes.ChainBroken, header.Seq, "The chain value does not follow from the entry before, the header and the body.");
        }

        // Go on from what is stored: one edited entry is one finding, not one for each that follows.
        _chain = entry.Chain.Length == Chain.Bytes ? entry.Chain : expected;
    }

    private JsonDocument ParseBody(Entry entry)
    {
        if (Jcs.IsCanonical(entry.Body.Span, integersOnly: true) && entry.Body.Span[0] == (byte)'{')
        {
            return JsonDocument.Parse(entry.Body.Utf8);
        }

        Report(FindingCodes.BodyNotCanonical, entry.Header.Seq, "The body is not a canonical JSON object with integers only.");
        return JsonDocument.Parse("{}");
    }

    private void VerifyPayload(Entry entry, JsonElement body)
    {
        var seq = entry.Header.Seq;
        if (body.GetMember(PayloadMember.Name) is not { } named)
        {
            if (entry.Payload is not null || entry.PayloadSalt is not null)
            {
                Report(FindingCodes.PayloadUnexpected, seq, "The body names no payload, but there is one.");
            }

            return;
        }

        if (entry.Payload is null || entry.PayloadSalt is null)
        {
            // No kind of entry records an erasure yet, so none is legal.
            _totals.PayloadsErased++;
            Report(FindingCodes.PayloadMissing, seq, "The body names a payload; payload or salt is gone, and no entry says it was erased.");
            return;
        }

        if (entry.PayloadSalt.Length != PayloadDigest.SaltBytes || named.GetInteger("size") != entry.Payload.Length
            || named.GetText("digest") != PayloadDigest.Hex(entry.PayloadSalt, entry.Payload))
        {
            Report(FindingCodes.PayloadMismatch, seq, "Payload or salt is not what the body's digest and size say.");
        }
    }

    private void VerifyKind(Entry entry, JsonElement body)
    {
        var header = entry.Header;
        VerifyPlace(header);
        if (header.Kind == EntryKinds.EpochBegan)
        {
            BeginEpoch(header, body);
        }
        else if (header.Epoch != _epoch)
        {
            Report(FindingCodes.EpochMismatch, header.Seq, $"Epoch {header.Epoch} inside epoch {_epoch}, without an epoch.began.");
        }

        if (EntryKinds.IsIntent(header.Kind))
        {
            VerifyIntent(entry, body);
        }
        else if (EntryKinds.IsHostKind(header.Kind))
        {
            if (_epochHost is not { } owner || header.Actor != Actors.Host(owner))
            {
                Report(FindingCodes.ActorMismatch, header.Seq, $"A {header.Kind} by {header.Actor}, which does not own epoch {_epoch}.");
            }

            FollowCell(header, body);
        }
        else if (header.Kind == EntryKinds.Action)
        {
            VerifyAction(entry, body);
        }
        else
        {
            Report(FindingCodes.KindUnknown, header.Seq, $"No kind '{header.Kind}' is known.");
        }
    }

    /// <summary>Which kinds may stand where.</summary>
    private void VerifyPlace(EntryHeader header)
    {
        var required = _entries switch
        {
            1 => _isFabricSystem ? EntryKinds.Genesis : EntryKinds.EpochBegan,
            2 when _isFabricSystem => EntryKinds.EpochBegan,
            _ => null,
        };
        if (required is not null && header.Kind != required)
        {
            Report(FindingCodes.FirstEntryWrong, header.Seq, $"A {header.Kind} where the stream must have its {required}.");
        }

        if (header.Kind == EntryKinds.Genesis)
        {
            if (_isFabricSystem && _entries == 1)
            {
                // The epoch that opens right after it.
                _epoch = header.Epoch;
            }
            else
            {
                Report(FindingCodes.GenesisOutOfPlace, header.Seq, "Genesis is the first entry of the fabric's system stream and nothing else.");
            }
        }

        if (header.Kind == EntryKinds.KeyDelegated && !_isFabricSystem)
        {
            Report(FindingCodes.DelegationOutOfPlace, header.Seq, "Keys are delegated in the fabric's system stream only.");
        }
    }
}
