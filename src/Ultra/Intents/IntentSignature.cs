using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Voxeltron.Ultra;

/// <summary>
/// How an intent is signed: alone, or as one of a group that was written together, so that one signature serves all of them.
/// <code>
///   alone   64 bytes: Ed25519 over DSSE(intent type, body)
///   group   64 bytes: Ed25519 over DSSE(group type, {"intents":n,"root":hex,"v":1})
///           u32be n | u32be index | 32 bytes a step: RFC 6962 inclusion proof, from the leaf up
///           leaf = SHA-256( 00 | SHA-256(body) )
/// </code>
/// A member proves its place by itself: the others may be erased, refused or never have been written.
/// </summary>
/// <remarks>Signing costs 31 µs and verifying 98; a group of 1,000 pays both once, and a dozen hashes a member.</remarks>
public static class IntentSignature
{
    /// <summary>Largest group: what the Api writes in one transaction, with room.</summary>
    public const int MostIntents = 4_096;

    private const int HeadBytes = Ed25519.SignatureBytes + (2 * sizeof(uint));
    private const int MostSteps = 12;

    public const int MostBytes = HeadBytes + (MostSteps * MerkleTree.HashBytes);

    /// <summary>The same intents, in the same order, signed. One stays a plain signature.</summary>
    /// <exception cref="ArgumentException">None, more than <see cref="MostIntents"/>, or one made for another signer.</exception>
    public static IReadOnlyList<Intent> Sign(ISigner signer, IReadOnlyList<Intent> drafts)
    {
        if (drafts.Count is 0 or > MostIntents || drafts.Any(draft => draft.Signer != signer.KeyId))
        {
            throw new ArgumentException($"1 to {MostIntents} intents of key {signer.KeyId} are signed together.", nameof(drafts));
        }

        if (drafts.Count == 1)
        {
            return [drafts[0] with { Signature = signer.Sign(Dsse.Pae(Dsse.IntentType, drafts[0].Body.Span)) }];
        }

        var tree = new MerklePaths([.. drafts.Select(static draft => Leaf(draft.Body))]);
        var signature = signer.Sign(Message(tree.Root, drafts.Count));
        var signed = new Intent[drafts.Count];
        for (var i = 0; i < signed.Length; i++)
        {
            signed[i] = drafts[i] with { Signature = Encode(signature, drafts.Count, i, tree.PathOf(i)) };
        }

        return signed;
    }

    /// <summary>Whether <paramref name="key"/> signed <paramref name="body"/>. False for anything malformed.</summary>
    public static bool Verify(byte[] key, EntryBody body, byte[] signature) =>
        TryOpen(body, signature, out var message) && Ed25519.Verify(key, message, signature.AsSpan(0, Ed25519.SignatureBytes));

    /// <summary>What the signature's first 64 bytes must sign for <paramref name="body"/> to be vouched for.</summary>
    internal static bool TryOpen(EntryBody body, byte[] signature, [NotNullWhen(true)] out byte[]? message)
    {
        message = null;
        if (signature.Length == Ed25519.SignatureBytes)
        {
            message = Dsse.Pae(Dsse.IntentType, body.Span);
            return true;
        }

        if (signature.Length is < HeadBytes or > MostBytes || (signature.Length - HeadBytes) % MerkleTree.HashBytes != 0)
        {
            return false;
        }

        var count = BinaryPrimitives.ReadUInt32BigEndian(signature.AsSpan(Ed25519.SignatureBytes));
        var index = BinaryPrimitives.ReadUInt32BigEndian(signature.AsSpan(Ed25519.SignatureBytes + sizeof(uint)));
        if (count is < 2 or > MostIntents || index >= count)
        {
            return false;
        }

        var path = new byte[(signature.Length - HeadBytes) / MerkleTree.HashBytes][];
        for (var i = 0; i < path.Length; i++)
        {
            path[i] = signature.AsSpan(HeadBytes + (i * MerkleTree.HashBytes), MerkleTree.HashBytes).ToArray();
        }

        if (MerkleProof.RootOf(Leaf(body), index, count, path) is not { } root)
        {
            return false;
        }

        message = Message(root, (int)count);
        return true;
    }

    private static byte[] Leaf(EntryBody body) => MerkleTree.LeafHash(Chain.BodyDigest(body));

    private static byte[] Message(byte[] root, int count) => Dsse.Pae(Dsse.IntentGroupType, new JcsWriter(128).BeginObject()
        .Name("intents").Integer(count)
        .Name("root").Hex(root)
        .Name("v").Integer(1)
        .EndObject().WrittenSpan);

    private static byte[] Encode(byte[] signature, int count, int index, IReadOnlyList<byte[]> path)
    {
        var bytes = new byte[HeadBytes + (path.Count * MerkleTree.HashBytes)];
        signature.CopyTo(bytes, 0);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(Ed25519.SignatureBytes), (uint)count);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(Ed25519.SignatureBytes + sizeof(uint)), (uint)index);
        for (var i = 0; i < path.Count; i++)
        {
            path[i].CopyTo(bytes, HeadBytes + (i * MerkleTree.HashBytes));
        }

        return bytes;
    }
}

/// <summary>
/// Checks intents' signatures, each group's one signature once. Thread-safe: members of a group that arrive together wait for
/// the one check instead of repeating it.
/// </summary>
public sealed class IntentSignatureCheck
{
    /// <summary>Groups remembered, about 100 bytes each. Emptied when full: then a live group costs one more check.</summary>
    private const int MostRemembered = 8_192;

    private readonly ConcurrentDictionary<(UInt128, UInt128), Lazy<bool>> _groups = new();

    /// <summary>As <see cref="IntentSignature.Verify"/>.</summary>
    public bool Verify(byte[] key, EntryBody body, byte[] signature)
    {
        if (signature.Length == Ed25519.SignatureBytes)
        {
            return IntentSignature.Verify(key, body, signature);
        }

        if (!IntentSignature.TryOpen(body, signature, out var message))
        {
            return false;
        }

        var head = signature.AsSpan(0, Ed25519.SignatureBytes).ToArray();
        // Unambiguous: all lengths are fixed but the message's, which comes last.
        Span<byte> id = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. key, .. head, .. message], id);
        var group = (BinaryPrimitives.ReadUInt128BigEndian(id), BinaryPrimitives.ReadUInt128BigEndian(id[16..]));
        if (_groups.TryGetValue(group, out var known))
        {
            return known.Value;
        }

        // Counting takes every lock of the dictionary: once a group, not once a member.
        if (_groups.Count >= MostRemembered)
        {
            _groups.Clear();
        }

        return _groups.GetOrAdd(
            group,
            static (_, asked) => new Lazy<bool>(() => Ed25519.Verify(asked.key, asked.message, asked.head)),
            (key, message, head)).Value;
    }
}
