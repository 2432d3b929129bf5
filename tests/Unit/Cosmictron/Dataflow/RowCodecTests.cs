using Voxeltron.Cosmictron;
using Xunit;

namespace Voxeltron.Tests.Unit.Cosmictron.Dataflow;

/// <summary>Goal: the row format keeps every value and the order of all. Method: the awkward values of every type, written both ways, read back and compared pairwise.</summary>
public sealed class RowCodecTests
{
    private static readonly TableSchema Table = new(
        "every",
        [
            new("i", ColumnType.Int64, true), new("x", ColumnType.Float64, true), new("f", ColumnType.Bool, true), new("t", ColumnType.Text, true),
            new("b", ColumnType.Bytes, true), new("d", ColumnType.Decimal, true, 28, 5), new("m", ColumnType.Timestamp, true), new("j", ColumnType.Json, true),
        ],
        ["i"]);

    private static readonly ViewColumn[] Columns =
        [.. Table.Columns.Select(static c => new ViewColumn(c.Name, new ViewType(c.Type, c.Scale), true))];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Rows_are_read_as_they_were_written_and_sort_as_their_values(int seed)
    {
        var random = new Random(seed);
        var copies = new Projection(Columns, [.. Columns.Select(static (c, i) => new Same(new ColumnExpression(i, c.Type, true)))]);
        var rows = new List<(object?[] Values, byte[] Bytes)>();
        for (var i = 0; i < 300; i++)
        {
            var values = RandomRows.Row(random, Table);
            var bytes = Encode(values);
            var decoded = ModelRow.Decode(Columns, bytes);
            Assert.Equal(ModelRow.Text(values), ModelRow.Text(decoded));

            var copy = new RowBuffer();
            Assert.Equal(!values.Contains(null), copies.Append(bytes, copy));
            Assert.Equal(bytes, copy.Written.ToArray());

            // A row behind a row is one row of both.
            Assert.Equal(ModelRow.Text([.. values, .. values]), ModelRow.Text(ModelRow.Decode([.. Columns, .. Columns], [.. bytes, .. bytes])));
            rows.Add((values[..7], Encode(values[..7])));
        }

        var order = new ValueOrder();
        foreach (var a in rows)
        {
            foreach (var b in rows)
            {
                Assert.Equal(Math.Sign(order.Compare(a.Values, b.Values)), Math.Sign(a.Bytes.AsSpan().SequenceCompareTo(b.Bytes)));
            }
        }
    }

    private static byte[] Encode(object?[] values)
    {
        var tuple = RandomRows.Tuple(values.Select(static v => v is JsonPair json ? new JsonPair(json.Kept, json.Kept) : v));
        var buffer = new RowBuffer();
        var position = sizeof(ushort);
        for (var i = 0; i < values.Length; i++)
        {
            buffer.AppendField(Field.ReadTrusted(tuple, ref position));
        }

        return buffer.Written.ToArray();
    }
}
