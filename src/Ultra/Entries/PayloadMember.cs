namespace Voxeltron.Ultra;

/// <summary>The <c>payload</c> member by which a body commits to its payload.</summary>
public static class PayloadMember
{
    public const string Name = "payload";

    /// <summary>Writes name and value: <c>"payload":{"digest":…,"size":…}</c>.</summary>
    public static void Write(JcsWriter writer, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> payload)
    {
        Span<byte> digest = stackalloc byte[Chain.Bytes];
        PayloadDigest.Compute(salt, payload, digest);
        writer.Name(Name).BeginObject()
            .Name("digest").Hex(digest)
            .Name("size").Integer(payload.Length)
            .EndObject();
    }
}
