using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>
/// The difference a committed transaction made: one change per row, ordered by table declaration, shard and key, rows
/// left as they were omitted. So it depends on the states before and after alone, not on the order of writes between
/// them. It reads the rows where they lie and is good until the store's next transaction begins; its count stays.
/// </summary>
[SuppressMessage("Performance", "CA1815", Justification = "Nobody compares write sets; their bytes are compared.")]
public readonly struct WriteSet
{
    public static readonly WriteSet Empty;

    private readonly MissionStore? _store;
    private readonly long _turn;

    internal WriteSet(MissionStore store, long turn, int count)
    {
        _store = store;
        _turn = turn;
        Count = count;
    }

    public int Count { get; }

    /// <summary>Writes the canonical JSON array; equal write sets give equal bytes in every process.</summary>
    /// <exception cref="InvariantException">The store has gone on since.</exception>
    public void WriteJson(IBufferWriter<byte> target)
    {
        target.Write("["u8);
        var changes = Count == 0 ? [] : _store!.ChangesOf(_turn);
        for (var i = 0; i < changes.Length; i++)
        {
            ref readonly var change = ref changes[i];
            target.Write(i == 0 ? default : ","u8);
            var json = change.Table.Layout.Json;
            if (change.After != RecordHeap.NoRecord)
            {
                json.WritePut(target, change.Table.RecordAt(change.After));
            }
            else
            {
                json.WriteDelete(target, change.Table.RecordAt(change.Before));
            }
        }

        target.Write("]"u8);
    }

    /// <summary>Reads what <see cref="WriteJson"/> wrote, against the declared tables.</summary>
    /// <exception cref="StateFormatException">Anything else than that form, with the place.</exception>
    public static IReadOnlyList<RowWrite> ReadJson(JsonElement array, IReadOnlyList<TableSchema> schemas) =>
        new WriteSetReader(schemas).Read(array);
}
