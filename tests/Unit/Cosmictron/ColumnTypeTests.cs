using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Voxeltron.Cosmictron;
using Xunit;

namespace Voxeltron.Tests.Unit.Cosmictron;

/// <summary>Decimal, timestamp and json: their bounds, their text in write sets, and the tuples that must not pass.</summary>
public sealed class ColumnTypeTests
{
    private static readonly TableSchema Typed = new(
        "typed",
        [
            new("id", ColumnType.Int64), new("d", ColumnType.Decimal, Nullable: true, 4, 2), new("w", ColumnType.Decimal, Nullable: true, 28, 0),
            new("f", ColumnType.Decimal, Nullable: true, 28, 28), new("t", ColumnType.Timestamp, Nullable: true), new("j", ColumnType.Json, Nullable: true),
        ],
        ["id"]);

    private static readonly Int128 Most = Int128.Parse(new string('9', 28), CultureInfo.InvariantCulture);

    private static byte[] Row(long id, Int128? d = null, Int128? w = null, Int128? f = null, long? t = null, string? j = null)
    {
        var tuple = new TupleBuilder().Int64(id);
        _ = d is { } x ? tuple.Decimal(x) : tuple.Null();
        _ = w is { } y ? tuple.Decimal(y) : tuple.Null();
        _ = f is { } z ? tuple.Decimal(z) : tuple.Null();
        _ = t is { } u ? tuple.Timestamp(u) : tuple.Null();
        _ = j is not null ? tuple.Json(Encoding.UTF8.GetBytes(j)) : tuple.Null();
        return tuple.ToArray();
    }

    private static string Json(WriteSet writes)
    {
        var buffer = new ArrayBufferWriter<byte>();
        writes.WriteJson(buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    [Fact]
    public void A_write_set_spells_each_type_in_one_way_and_reads_it_back()
    {
        var store = new MissionStore([Typed], StoreLimits.Default);
        var transaction = store.Begin();
        Assert.Equal(StateStatus.Ok, transaction.Put("typed"u8, Row(1, -1250, Most, -1, -62_135_596_800_000_000, """{"b":1.0,"a":"\u00e9"}""")));
        Assert.Equal(StateStatus.Ok, transaction.Put("typed"u8, Row(2, 5, -Most, Most, 253_402_300_799_999_999, "null")));
        Assert.Equal(StateStatus.Ok, transaction.Put("typed"u8, Row(3, 0, 0, 0, 1_780_000_000_000_001, "[]")));
        Assert.Equal(StateStatus.Ok, transaction.Put("typed"u8, Row(4)));
        var json = Json(transaction.Commit());
        Assert.Equal(
            """[{"op":"put","row":{"id":1,"d":"-12.50","w":"9999999999999999999999999999","f":"-0.0000000000000000000000000001","t":"0001-01-01T00:00:00.000000Z","j":{"json":{"a":"é","b":1}}},"table":"typed"},"""
            + """{"op":"put","row":{"id":2,"d":"0.05","w":"-9999999999999999999999999999","f":"0.9999999999999999999999999999","t":"9999-12-31T23:59:59.999999Z","j":{"json":null}},"table":"typed"},"""
            + """{"op":"put","row":{"id":3,"d":"0.00","w":"0","f":"0.0000000000000000000000000000","t":"2026-05-28T20:26:40.000001Z","j":{"json":[]}},"table":"typed"},"""
            + """{"op":"put","row":{"id":4,"d":null,"w":null,"f":null,"t":null,"j":null},"table":"typed"}]""",
            json);

        var again = new MissionStore([Typed], StoreLimits.Default);
        again.Apply(WriteSet.ReadJson(JsonDocument.Parse(json).RootElement, [Typed]));
        Assert.Equal(store.Root(), again.Root());
        Assert.Equal((-12.50m, "null"), (store.Rows("typed").First()[1], store.Rows("typed").ElementAt(1)[5]));
        Assert.Equal(new DateTime(1, 1, 1, 0, 0, 0, DateTimeKind.Utc), store.Rows("typed").First()[4]);
    }

    [Theory]
    [InlineData("""{"id":1,"d":"1.5","w":null,"f":null,"t":null,"j":null}""", "no decimal")]
    [InlineData("""{"id":1,"d":"01.50","w":null,"f":null,"t":null,"j":null}""", "no decimal")]
    [InlineData("""{"id":1,"d":"-0.00","w":null,"f":null,"t":null,"j":null}""", "no decimal")]
    [InlineData("""{"id":1,"d":"1,50","w":null,"f":null,"t":null,"j":null}""", "no decimal")]
    [InlineData("""{"id":1,"d":"99999999999999999999999999999999999999999.00","w":null,"f":null,"t":null,"j":null}""", "no decimal")]
    [InlineData("""{"id":1,"d":1.5,"w":null,"f":null,"t":null,"j":null}""", "malformed")]
    [InlineData("""{"id":1,"d":null,"w":null,"f":null,"t":"2026-05-28T20:26:40Z","j":null}""", "no timestamp")]
    [InlineData("""{"id":1,"d":null,"w":null,"f":null,"t":"2026-05-28T20:26:40.000001+00:00","j":null}""", "no timestamp")]
    [InlineData("""{"id":1,"d":null,"w":null,"f":null,"t":"2026-02-30T20:26:40.000001Z","j":null}""", "no timestamp")]
    [InlineData("""{"id":1,"d":null,"w":null,"f":null,"t":null,"j":[]}""", "malformed")]
    [InlineData("""{"id":1,"d":null,"w":null,"f":null,"t":null,"j":{"jsan":1}}""", "malformed")]
    public void A_recorded_value_in_another_spelling_is_refused(string row, string reason)
    {
        var record = JsonDocument.Parse($$"""[{"op":"put","row":{{row}},"table":"typed"}]""").RootElement;
        Assert.Contains(reason, Assert.Throws<StateFormatException>(() => WriteSet.ReadJson(record, [Typed])).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> BadRows => new()
    {
        { "decimal one over its precision", Row(1, d: 10_000) },
        { "decimal one under its precision", Row(1, d: -10_000) },
        { "decimal of 29 digits", Row(1, w: Most + 1) },
        { "the smallest Int128", Row(1, w: Int128.MinValue) },
        { "a microsecond before year 1", Row(1, t: -62_135_596_800_000_001) },
        { "a microsecond after year 9999", Row(1, t: 253_402_300_800_000_000) },
        { "no JSON", Row(1, j: "") },
        { "half a JSON value", Row(1, j: "[1") },
        { "two JSON values", Row(1, j: "1 2") },
        { "a comment", Row(1, j: "/**/1") },
        { "a name twice", Row(1, j: """{"a":1,"\u0061":2}""") },
        { "U+0000 in JSON", Row(1, j: "\"a\\u0000\"") },
        { "U+0000 in a name", Row(1, j: """{"\u0000":1}""") },
        { "a lone surrogate", Row(1, j: "\"\\ud800\"") },
        { "an integer no double holds", Row(1, j: "9007199254740993") },
        { "a fraction no double holds", Row(1, j: "0.10000000000000000001") },
        { "a number that would become zero", Row(1, j: "1e-400") },
        { "a number beyond a double", Row(1, j: "1e400") },
        { "nested too deep", Row(1, j: new string('[', 33) + new string(']', 33)) },
        { "JSON that is no UTF-8", Patch(Row(1, j: "\"a\""), 16 + 6, 0xFF) },
        { "JSON length beyond the tuple", Patch(Row(1, j: "\"a\""), 16 + 1, 0x7F) },
        { "JSON length beyond int", Patch(Row(1, j: "\"a\""), 16 + 4, 0xFF) },
        { "text where JSON is declared", Patch(Row(1, j: "\"a\""), 16, (byte)ColumnType.Text) },
        { "an integer where a timestamp is declared", Patch(Row(1, t: 1), 14, (byte)ColumnType.Int64) },
        { "a decimal cut short", Row(1, f: 1)[..^4] },
        { "an integer where a decimal is declared", Patch(Row(1, d: 1), 11, (byte)ColumnType.Int64) },
    };

    [Theory]
    [MemberData(nameof(BadRows))]
    public void A_value_outside_its_type_is_refused_and_leaves_no_trace(string what, byte[] row)
    {
        var store = new MissionStore([Typed], StoreLimits.Default);
        var transaction = store.Begin();
        Assert.True(transaction.Put("typed"u8, row) == StateStatus.BadTuple, what);
        Assert.Equal(0, transaction.Commit().Count);
        Assert.Equal(0, store.Bytes);
    }

    [Fact]
    public void Equal_json_values_are_equal_rows_however_they_are_spelled()
    {
        var store = new MissionStore([Typed], StoreLimits.Default);
        var first = store.Begin();
        first.Put("typed"u8, Row(1, j: """{"a":[1.0,"\u00e9"],"b":null}"""));
        first.Commit();
        var second = store.Begin();
        second.Put("typed"u8, Row(1, j: """ { "b" : null , "a" : [ 1e0 , "é" ] } """));
        Assert.Equal(0, second.Commit().Count);
    }

    [Fact]
    public void A_flipped_or_cut_byte_anywhere_in_a_tuple_never_harms_the_store()
    {
        var row = Row(1, -1250, Most, -1, 1_780_000_000_000_000, """{"a":[1,2,"x"]}""");
        var store = new MissionStore([Typed], StoreLimits.Default);
        var taken = 0;
        for (var at = 0; at < row.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var transaction = store.Begin();
                taken += transaction.Put("typed"u8, Patch(row, at, (byte)(row[at] ^ (1 << bit)))) == StateStatus.Ok ? 1 : 0;
                transaction.Abort();
            }

            var cut = store.Begin();
            Assert.Equal(StateStatus.BadTuple, cut.Put("typed"u8, row.AsSpan(0, at)));
            cut.Abort();
        }

        Assert.InRange(taken, 50, row.Length * 8 - 50);
        Assert.Equal((0, 0), (store.RowCount, store.Bytes));
    }

    private static byte[] Patch(byte[] tuple, int at, byte value)
    {
        var patched = tuple.ToArray();
        patched[at] = value;
        return patched;
    }
}
