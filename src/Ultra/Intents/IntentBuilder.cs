using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Makes the signed rows of <c>control.inbox</c>: the one way in for everyone who does not own the stream.</summary>
public static class IntentBuilder
{
    /// <param name="actor"><c>role/kid</c> of the signer's key.</param>
    /// <param name="id">Unique; the inbox id and the id the stream's owner deduplicates by.</param>
    /// <param name="extra">Writes further members of the body in key order; <c>intent</c> and <c>payload</c> are written here.</param>
    /// <param name="salt">16 random bytes, exactly when there is a payload.</param>
    /// <exception cref="VoxeltronException"><c>body_too_large</c>.</exception>
    public static Intent Build(
        ISigner signer,
        string actor,
        TenantId tenant,
        StreamId stream,
        string kind,
        long timeUs,
        Guid id,
        Action<JcsWriter>? extra = null,
        byte[]? payload = null,
        byte[]? salt = null) =>
        IntentSignature.Sign(signer, [Draft(signer.KeyId, actor, tenant, stream, kind, timeUs, id, extra, payload, salt)])[0];

    /// <summary>The same, not signed yet: to be signed with others by <see cref="IntentSignature.Sign"/>.</summary>
    /// <inheritdoc cref="Build"/>
    public static Intent Draft(
        KeyId signer,
        string actor,
        TenantId tenant,
        StreamId stream,
        string kind,
        long timeUs,
        Guid id,
        Action<JcsWriter>? extra = null,
        byte[]? payload = null,
        byte[]? salt = null)
    {
        if (!EntryKinds.IsIntent(kind))
        {
            throw new ArgumentException($"'{kind}' is no kind an intent may have.", nameof(kind));
        }

        if ((payload is null) != (salt is null))
        {
            throw new ArgumentException("A payload and its salt come together.", nameof(salt));
        }

        var header = new IntentHeader(actor, id, kind, stream, tenant, timeUs);
        var utf8 = Body(header, extra, payload, salt);
        if (utf8.Length > Limits.EntryBodyBytes)
        {
            throw new VoxeltronException("body_too_large", $"The body of intent {id:N} ({kind}) is {utf8.Length} bytes; at most {Limits.EntryBodyBytes}. Large parts belong in the payload.");
        }

        return new Intent(id, tenant, stream, kind, actor, new EntryBody(utf8), payload, salt, signer, []);
    }

    /// <summary>The CA's <c>key.delegated</c> intent, to the fabric's system stream.</summary>
    /// <param name="ca">The key that also issued <paramref name="delegation"/>.</param>
    public static Intent KeyDelegated(ISigner ca, Delegation delegation, long timeUs, Guid id) =>
        Build(
            ca,
            Actors.Key(KeyRoles.Ca, ca.KeyId),
            TenantId.Fabric,
            StreamId.System(TenantId.Fabric),
            EntryKinds.KeyDelegated,
            timeUs,
            id,
            writer => delegation.WriteTo(writer.Name("delegation")));

    private static byte[] Body(IntentHeader header, Action<JcsWriter>? extra, byte[]? payload, byte[]? salt)
    {
        // The caller's members and ours interleave in key order; sorting the joined text once is simpler than merging writers.
        var ours = new JcsWriter();
        ours.BeginObject();
        header.WriteTo(ours.Name("intent"));
        if (payload is not null)
        {
            PayloadMember.Write(ours, salt, payload);
        }

        if (extra is null)
        {
            return ours.EndObject().ToArray();
        }

        var theirs = new JcsWriter();
        theirs.BeginObject();
        extra(theirs);
        theirs.EndObject();
        ReadOnlySpan<byte> separator = theirs.WrittenSpan.Length > 2 ? ","u8 : [];
        byte[] joined = [.. ours.WrittenSpan, .. separator, .. theirs.WrittenSpan[1..]];
        return Jcs.Canonicalize(joined, integersOnly: true);
    }
}
