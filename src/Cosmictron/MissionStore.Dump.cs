using System.Buffers.Binary;
using System.Text.Unicode;
using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <remarks>
/// A dump, integers big-endian; what lies between head and root is exactly what <see cref="Root"/> hashes:
/// <code>
/// "VXSTATE" 01 | u32 tables
/// per table: schema hash (32) | u64 rows | per row, in order: [u32 length | shard name] u32 length | tuple
/// root (32)
/// </code>
/// </remarks>
public sealed partial class MissionStore
{
    private static ReadOnlySpan<byte> DumpHead => "VXSTATE\u0001"u8;

    /// <summary>Writes all tables in canonical form: equal states give equal bytes.</summary>
    /// <returns>The root, which is also the dump's last 32 bytes.</returns>
    public byte[] WriteDump(Stream target)
    {
        RequireQuiet();
        Span<byte> tables = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(tables, _tables.Length);
        target.Write(DumpHead);
        target.Write(tables);
        using var output = new HashedOutput(target);
        WriteTables(output);
        var root = output.Digest();
        target.Write(root);
        return root;
    }

    /// <summary>Fills an empty store of the same declaration, all or nothing; the stream must end with the dump.</summary>
    /// <exception cref="StateFormatException">The dump is of another declaration or version, damaged, cut off or too large; the message says where.</exception>
    public void LoadDump(Stream source)
    {
        NextTurn();
        if (RowCount > 0)
        {
            throw new InvariantException("A dump is loaded into an empty store only.");
        }

        using var input = new HashedInput(source);
        try
        {
            Load(input);
        }
        catch
        {
            Clear();
            throw;
        }
    }

    private void Load(HashedInput input)
    {
        Span<byte> head = stackalloc byte[DumpHead.Length];
        input.Read(head);
        if (!head.SequenceEqual(DumpHead))
        {
            throw new StateFormatException(
                head[..^1].SequenceEqual(DumpHead[..^1]) ? $"The dump has version {head[^1]}; this store reads 1." : "The bytes are no dump of a store.");
        }

        var tables = input.ReadInt32();
        if (tables != _tables.Length)
        {
            throw new StateFormatException($"The dump has {tables} tables; {_tables.Length} are declared.");
        }

        input.Digest();
        foreach (var table in _tables)
        {
            LoadTable(input, table);
        }

        var root = input.Digest();
        input.Place = "its root";
        Span<byte> recorded = stackalloc byte[root.Length];
        input.Read(recorded);
        if (!recorded.SequenceEqual(root))
        {
            throw new StateFormatException($"The dump's rows have root {Convert.ToHexStringLower(root)}, and its last bytes say {Convert.ToHexStringLower(recorded)}.");
        }

        if (!input.AtEnd)
        {
            throw new StateFormatException("Bytes follow the end of the dump.");
        }
    }

    private void LoadTable(HashedInput input, Table table)
    {
        var name = table.Schema.Name;
        input.Place = $"the head of table '{name}'";
        Span<byte> head = stackalloc byte[32 + sizeof(long)];
        input.Read(head);
        var hash = Convert.ToHexStringLower(head[..32]);
        if (hash != table.Schema.Hash)
        {
            throw new StateFormatException($"The dump's table {table.Number} has schema hash {hash}; table '{name}' is declared with {table.Schema.Hash}.");
        }

        var rows = BinaryPrimitives.ReadInt64BigEndian(head[32..]);
        var row = new byte[Limits.RowBytes];
        Span<byte> shard = stackalloc byte[Shards.MaxNameBytes];
        for (var i = 0L; i < rows; i++)
        {
            input.Place = $"table '{name}', row {i}";
            var shardName = table.IsSharded ? ReadPart(input, shard, "shard name") : default;
            if (table.IsSharded && (shardName.IsEmpty || shardName.Contains((byte)0) || !Utf8.IsValid(shardName)))
            {
                throw Refused(input, "a shard's name is empty or not text");
            }

            if (Writer.Load(table, shardName, ReadPart(input, row, "row")) is { } problem)
            {
                throw Refused(input, problem);
            }
        }
    }

    private static Span<byte> ReadPart(HashedInput input, Span<byte> room, string what)
    {
        var length = input.ReadInt32();
        if ((uint)length > (uint)room.Length)
        {
            throw Refused(input, $"a {what} of {(uint)length} bytes; at most {room.Length} are allowed");
        }

        var part = room[..length];
        input.Read(part);
        return part;
    }

    private static StateFormatException Refused(HashedInput input, string problem) => new($"The dump is refused at {input.Place}: {problem}.");

    private void Clear()
    {
        foreach (var table in _tables)
        {
            foreach (var id in table.Ids())
            {
                Drop(table, id);
            }
        }

        _heap.Compact(_rows);
    }
}
