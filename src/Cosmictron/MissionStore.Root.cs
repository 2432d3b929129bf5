using System.Buffers.Binary;

namespace Voxeltron.Cosmictron;

public sealed partial class MissionStore
{
    /// <summary>
    /// SHA-256 over, per table in declared order: schema hash (32 bytes), u64be row count, and per row in key order, in a
    /// table of scope cell u32be length and UTF-8 of the shard's name, then u32be length and the tuple. Equal roots mean
    /// equal schemas and equal rows.
    /// </summary>
    public byte[] Root()
    {
        RequireQuiet();
        using var hash = new HashedOutput(Stream.Null);
        WriteTables(hash);
        return hash.Digest();
    }

    private void WriteTables(HashedOutput target)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        foreach (var table in _tables)
        {
            target.Write(Convert.FromHexString(table.Schema.Hash));
            BinaryPrimitives.WriteInt64BigEndian(number, table.Count);
            target.Write(number);
            for (var position = default(OrderedRows.Position); table.Order.TryIdAt(position, out var id); position = table.Order.Next(position))
            {
                var record = table.RecordOf(id);
                if (table.IsSharded)
                {
                    target.WritePrefixed(Shards.NameIn(record.Key));
                }

                target.WritePrefixed(record.Row);
            }
        }
    }
}
