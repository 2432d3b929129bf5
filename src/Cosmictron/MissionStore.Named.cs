using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Voxeltron.Cosmictron;

// Rows that are named in JSON: a gate's document shows them, and asks again whether they are unchanged.
public sealed partial class MissionStore
{
    /// <summary>The row of a table under a key, as recorded writes have rows. Between transactions.</summary>
    /// <param name="key">The key columns' values in the key's order, each as recorded writes have it.</param>
    /// <param name="shard">Whose rows are meant in a table of scope cell.</param>
    /// <returns>OK with the row written; NOT_FOUND; or why it cannot be named so, with nothing written.</returns>
    public StateStatus WriteNamed(string table, JsonElement key, string shard, IBufferWriter<byte> target)
    {
        RequireQuiet();
        var status = TryKey(table, key, out var found, out var tuple);
        if (status != StateStatus.Ok)
        {
            return status;
        }

        Span<byte> bytes = stackalloc byte[Shards.MaxPrefixBytes + Limits.KeyBytes];
        var prefix = found.IsSharded ? Shards.WritePrefix(shard, bytes) : 0;
        status = found.Layout.Key.TryEncodeTuple(tuple, allowPrefix: false, bytes.Slice(prefix, Limits.KeyBytes), out var length, out _);
        if (status != StateStatus.Ok)
        {
            return status;
        }

        if (!found.TryFind(bytes[..(prefix + length)], out var id))
        {
            return StateStatus.NotFound;
        }

        found.Layout.Json.WriteRow(target, found.RecordOf(id).Row);
        return StateStatus.Ok;
    }

    /// <summary>Whether <see cref="WriteNamed"/> would find a row, or none, under that name: OK, NO_TABLE, BAD_TUPLE or TOO_LARGE.</summary>
    public StateStatus NameStatus(string table, JsonElement key)
    {
        var status = TryKey(table, key, out var found, out var tuple);
        return status == StateStatus.Ok ? found.Layout.Key.TryEncodeTuple(tuple, allowPrefix: false, stackalloc byte[Limits.KeyBytes], out _, out _) : status;
    }

    private StateStatus TryKey(string table, JsonElement key, out Table found, out byte[] tuple)
    {
        tuple = [];
        if (!TryName(Encoding.UTF8.GetBytes(table), out found, out var index) || index != OrderedRows.ByKey)
        {
            return StateStatus.NoTable;
        }

        var schema = found.Schema;
        if (key.ValueKind != JsonValueKind.Array || key.GetArrayLength() != schema.Key.Count)
        {
            return StateStatus.BadTuple;
        }

        try
        {
            var builder = new TupleBuilder();
            var at = 0;
            foreach (var name in schema.Key)
            {
                WriteSetReader.Append(builder, key[at++], schema.Columns[schema.ColumnOf(name)]);
            }

            tuple = builder.ToArray();
            return StateStatus.Ok;
        }
        catch (Exception malformed) when (malformed is InvalidOperationException or FormatException or KeyNotFoundException or StateFormatException or ArgumentException)
        {
            return StateStatus.BadTuple;
        }
    }
}
