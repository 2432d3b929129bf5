using System.Buffers;
using System.Text.Json;

namespace Voxeltron.Cosmictron;

/// <summary>
/// The difference a committed transaction made: one change per row, ordered by table declaration and key, rows left as
/// they were omitted. So it depends on the states before and after alone, not on the order of writes between them.
/// Immutable; holds no reference to the transaction.
/// </summary>
public sealed class WriteSet
{
    public static readonly WriteSet Empty = new([]);

    private readonly RowChange[] _changes;

    private WriteSet(RowChange[] changes) => _changes = changes;

    public int Count => _changes.Length;

    /// <summary>Writes the canonical JSON array; equal write sets give equal bytes in every process.</summary>
    public void WriteJson(IBufferWriter<byte> target)
    {
        target.Write("["u8);
        for (var i = 0; i < _changes.Length; i++)
        {
            ref readonly var change = ref _changes[i];
            var json = change.Table.Layout.Json;
            target.Write(i == 0 ? default : ","u8);
            if (change.After is not null)
            {
                target.Write(json.PutHead);
                json.WriteRow(target, change.After);
                target.Write(json.PutTail);
            }
            else
            {
                target.Write(json.DeleteHead);
                json.WriteKey(target, change.Before!);
                target.Write(json.DeleteTail);
            }
        }

        target.Write("]"u8);
    }

    /// <summary>Reads what <see cref="WriteJson"/> wrote, against the declared tables.</summary>
    /// <exception cref="StateFormatException">Anything else than that form, with the place.</exception>
    public static IReadOnlyList<RowWrite> ReadJson(JsonElement array, IReadOnlyList<TableSchema> schemas) =>
        new WriteSetReader(schemas).Read(array);

    /// <summary>Sorts the images and keeps, per row, the first before-image against the row as it stands.</summary>
    internal static WriteSet From(UndoLog log)
    {
        var images = log.Images;
        if (images.Length == 0)
        {
            return Empty;
        }

        images.Sort();
        var changes = new RowChange[images.Length];
        var count = 0;
        for (var i = 0; i < images.Length; i++)
        {
            ref readonly var image = ref images[i];
            if (i > 0 && image.SameRow(images[i - 1]))
            {
                continue;
            }

            image.Table.TryGet(image.Key, out byte[]? after);
            if (!Same(image.Before, after))
            {
                changes[count++] = new RowChange(image.Table, image.Before, after);
            }
        }

        if (count != changes.Length)
        {
            Array.Resize(ref changes, count);
        }

        return count == 0 ? Empty : new WriteSet(changes);
    }

    private static bool Same(byte[]? before, byte[]? after) =>
        before is null || after is null ? before == after : before.AsSpan().SequenceEqual(after);
}
