using System.Diagnostics.CodeAnalysis;
using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>
/// A shard is named by its task key; the name, then 00 01, leads the key bytes and index keys of its rows. A name holds
/// no 00, so no shard's prefix begins another's, and rows lie shard by shard in every order.
/// </summary>
internal static class Shards
{
    /// <summary>UTF-8 bytes of a name; a task key has at most 129.</summary>
    public const int MaxNameBytes = 256;

    public const int MaxPrefixBytes = MaxNameBytes + 2;

    public static bool IsName([NotNullWhen(true)] string? name) =>
        !string.IsNullOrEmpty(name) && !name.Contains('\0') && Encoding.UTF8.GetByteCount(name) <= MaxNameBytes;

    /// <returns>Bytes written.</returns>
    public static int WritePrefix(string name, Span<byte> target)
    {
        if (!IsName(name))
        {
            throw new InvariantException($"'{name}' cannot name a shard.");
        }

        var length = Encoding.UTF8.GetBytes(name, target);
        target[length] = 0;
        target[length + 1] = 1;
        return length + 2;
    }

    /// <summary>The name at the head of a key of a sharded table.</summary>
    public static ReadOnlySpan<byte> NameIn(ReadOnlySpan<byte> key) => key[..key.IndexOf((byte)0)];
}
