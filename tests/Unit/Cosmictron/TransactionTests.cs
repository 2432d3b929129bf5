using System.Buffers;
using System.Text;
using System.Text.Json;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Cosmictron;

/// <summary>Each refusal by its status, each promise of a transaction, and the exact text of a write set.</summary>
public sealed class TransactionTests
{
    private static readonly TableSchema Facts = new(
        "fact",
        [new("id", ColumnType.Text), new("n", ColumnType.Int64), new("x", ColumnType.Float64, Nullable: true), new("ok", ColumnType.Bool), new("raw", ColumnType.Bytes)],
        ["n", "id"]);

    private static byte[] Row(string id, long n, double? x = null, string raw = "") =>
        RandomRows.Tuple([id, n, x, true, Encoding.UTF8.GetBytes(raw)]);

    private static byte[] Key(long n, string id) => RandomRows.Tuple([n, id]);

    private static MissionStore NewStore(StoreLimits? limits = null) => new([Facts], limits ?? StoreLimits.Default);

    [Fact]
    public void A_write_set_has_exactly_this_text()
    {
        var store = NewStore();
        var first = store.Begin();
        first.Put("fact"u8, Row("gone", 5));
        first.Commit();
        var transaction = store.Begin();
        transaction.Put("fact"u8, Row("b\"\n\u0001é", -1, double.NaN, "hi"));
        transaction.Put("fact"u8, Row("a", 9_007_199_254_740_993, 0.1));
        transaction.Put("fact"u8, Row("a", -2, 1e21));
        transaction.Delete("fact"u8, Key(5, "gone"));
        var buffer = new ArrayBufferWriter<byte>();
        transaction.Commit().WriteJson(buffer);

        const string expected =
            """[{"op":"put","row":{"id":"a","n":-2,"x":1E+21,"ok":true,"raw":{"base64":""}},"table":"fact"},"""
            + """{"op":"put","row":{"id":"b\"\n\u0001é","n":-1,"x":"NaN","ok":true,"raw":{"base64":"aGk="}},"table":"fact"},"""
            + """{"key":{"n":5,"id":"gone"},"op":"delete","table":"fact"},"""
            + """{"op":"put","row":{"id":"a","n":9007199254740993,"x":0.1,"ok":true,"raw":{"base64":""}},"table":"fact"}]""";
        Assert.Equal(expected, Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    [Fact]
    public void Writes_that_cancel_out_are_not_recorded()
    {
        var store = NewStore();
        var transaction = store.Begin();
        transaction.Put("fact"u8, Row("a", 1));
        transaction.Delete("fact"u8, Key(1, "a"));
        Assert.Equal(0, transaction.Commit().Count);

        var set = store.Begin();
        set.Put("fact"u8, Row("a", 1, 1.5));
        set.Commit();
        var again = store.Begin();
        again.Put("fact"u8, Row("a", 1, 2.5));
        again.Put("fact"u8, Row("a", 1, 1.5));
        Assert.Equal(0, again.Commit().Count);
    }

    public static TheoryData<string, byte[]> BadRows => new()
    {
        { "no bytes", [] },
        { "too few fields", RandomRows.Tuple(["a", 1L, null, true]) },
        { "too many fields", RandomRows.Tuple(["a", 1L, null, true, Array.Empty<byte>(), 1L]) },
        { "wrong type", RandomRows.Tuple(["a", 1.0, null, true, Array.Empty<byte>()]) },
        { "null in a column that allows none", RandomRows.Tuple(["a", 1L, null, null, Array.Empty<byte>()]) },
        { "null in the key", RandomRows.Tuple([null, 1L, null, true, Array.Empty<byte>()]) },
        { "text with U+0000", RandomRows.Tuple(["a\0b", 1L, null, true, Array.Empty<byte>()]) },
        { "a byte after the last field", [.. Row("a", 1), 0] },
        { "cut inside a field", Row("a", 1, null, "hello")[..^2] },
        { "text that is no UTF-8", Patch(Row("a", 1), 2 + 5, 0xFF) },
        { "bool that is 2", Patch(Row("a", 1), 2 + 6 + 9 + 1 + 1, 2) },
        { "length beyond the tuple", Patch(Row("a", 1), 2 + 4, 0x7F) },
        { "length beyond int", Patch(Row("a", 1), 2 + 4, 0xFF) },
        { "unknown tag", Patch(Row("a", 1), 2, 9) },
    };

    [Theory]
    [MemberData(nameof(BadRows))]
    public void A_malformed_row_is_refused_and_leaves_no_trace(string what, byte[] row)
    {
        var store = NewStore();
        var transaction = store.Begin();
        Assert.True(transaction.Put("fact"u8, row) == StateStatus.BadTuple, what);
        Assert.Equal(0, transaction.Commit().Count);
        Assert.Equal(0, store.RowCount);
    }

    [Fact]
    public void Keys_and_prefixes_are_checked_like_rows()
    {
        var transaction = NewStore().Begin();
        Assert.Equal(StateStatus.NoTable, transaction.Get("facts"u8, Key(1, "a"), out _));
        Assert.Equal(StateStatus.BadTuple, transaction.Get("fact"u8, RandomRows.Tuple([1L]), out _));
        Assert.Equal(StateStatus.BadTuple, transaction.Get("fact"u8, RandomRows.Tuple(["a", 1L]), out _));
        Assert.Equal(StateStatus.BadTuple, transaction.Delete("fact"u8, RandomRows.Tuple([1L, "a", 1L])));
        Assert.Equal(StateStatus.BadTuple, transaction.Scan("fact"u8, RandomRows.Tuple(["a"]), out _));
        Assert.Equal(StateStatus.Ok, transaction.Scan("fact"u8, RandomRows.Tuple([1L]), out _));
        Assert.Equal(StateStatus.NotFound, transaction.Delete("fact"u8, Key(1, "a")));
    }

    [Fact]
    public void Each_limit_is_a_status_and_the_transaction_goes_on()
    {
        var limits = new StoreLimits { RowBytes = 100, KeyBytes = 20, RowsPerMission = 2, TotalBytes = 1_000, WritesPerTransaction = 5 };
        var store = NewStore(limits);
        var transaction = store.Begin();
        Assert.Equal(StateStatus.TooLarge, transaction.Put("fact"u8, Row("a", 1, null, new string('x', 100))));
        Assert.Equal(StateStatus.TooLarge, transaction.Put("fact"u8, Row("eleven char", 1)));
        Assert.Equal(StateStatus.TooLarge, transaction.Get("fact"u8, Key(1, "eleven char"), out _));
        Assert.Equal(StateStatus.Ok, transaction.Put("fact"u8, Row("ten  chars", 1)));
        Assert.Equal(StateStatus.Ok, transaction.Put("fact"u8, Row("a", 1)));
        Assert.Equal(StateStatus.Limit, transaction.Put("fact"u8, Row("b", 1)));
        Assert.Equal(StateStatus.Ok, transaction.Put("fact"u8, Row("a", 1, 2.0)));
        Assert.Equal(StateStatus.Ok, transaction.Delete("fact"u8, Key(1, "a")));
        Assert.Equal(StateStatus.Ok, transaction.Put("fact"u8, Row("b", 1)));
        Assert.Equal(StateStatus.Limit, transaction.Put("fact"u8, Row("b", 1, 2.0)));
        Assert.Equal(StateStatus.Limit, transaction.Delete("fact"u8, Key(1, "b")));
        Assert.Equal(2, transaction.Commit().Count);
        Assert.Equal(2, store.RowCount);
    }

    [Fact]
    public void Total_bytes_bound_the_state()
    {
        var store = NewStore(new StoreLimits { TotalBytes = 300 });
        var transaction = store.Begin();
        Assert.Equal(StateStatus.Ok, transaction.Put("fact"u8, Row("a", 1, null, new string('x', 200))));
        Assert.Equal(StateStatus.Limit, transaction.Put("fact"u8, Row("b", 1, null, new string('x', 200))));
        transaction.Abort();
        Assert.Equal(0, store.Bytes);
    }

    [Fact]
    public void A_write_set_never_outgrows_its_announced_bound()
    {
        // Control characters take six bytes in JSON: the worst case of text.
        var limits = new StoreLimits { WriteSetJsonBytes = 20_000 };
        var store = NewStore(limits);
        var transaction = store.Begin();
        var text = new string('\u0001', 100);
        var n = 0L;
        while (transaction.Put("fact"u8, Row(text, n, -1.7976931348623157E+308, "12345")) == StateStatus.Ok)
        {
            n++;
        }

        Assert.InRange(n, 20, 40);
        var buffer = new ArrayBufferWriter<byte>();
        transaction.Commit().WriteJson(buffer);
        Assert.InRange(buffer.WrittenCount, limits.WriteSetJsonBytes * 3 / 4, limits.WriteSetJsonBytes);
    }

    [Fact]
    public void A_scan_sees_its_own_writes_ahead_of_it_and_none_behind()
    {
        var store = NewStore();
        var transaction = store.Begin();
        for (var n = 0; n < 10; n += 2)
        {
            transaction.Put("fact"u8, Row("k", n));
        }

        transaction.Scan("fact"u8, RandomRows.Tuple([]), out var cursor);
        var seen = new List<long>();
        while (cursor!.TryPeek(out var row))
        {
            var n = BitConverter.ToInt64(row.Slice(2 + 6 + 1, 8));
            seen.Add(n);
            cursor.Advance();
            transaction.Delete("fact"u8, Key(n, "k"));
            transaction.Put("fact"u8, Row("k", n - 1));
            if (n == 4)
            {
                transaction.Put("fact"u8, Row("k", 7));
                transaction.Delete("fact"u8, Key(6, "k"));
            }
        }

        Assert.Equal([0, 2, 4, 7, 8], seen);
    }

    [Fact]
    public void A_large_scanned_table_keeps_its_order_through_inserts_and_removals()
    {
        const int seed = 7;
        var random = new Random(seed);
        var store = NewStore();
        var transaction = store.Begin();
        transaction.Scan("fact"u8, RandomRows.Tuple([]), out _);
        var model = new SortedSet<long>();
        for (var i = 0; i < 20_000; i++)
        {
            long n = random.Next(6_000);
            if (random.Next(3) == 0)
            {
                Assert.Equal(model.Remove(n), transaction.Delete("fact"u8, Key(n, "k")) == StateStatus.Ok);
            }
            else
            {
                transaction.Put("fact"u8, Row("k", n));
                model.Add(n);
            }
        }

        transaction.Commit();
        Assert.Equal(model, store.Rows("fact").Select(r => (long)r[1]!));
    }

    [Fact]
    public void An_ended_transaction_and_its_cursors_answer_not_active()
    {
        var store = NewStore();
        var transaction = store.Begin();
        transaction.Put("fact"u8, Row("a", 1));
        transaction.Scan("fact"u8, RandomRows.Tuple([]), out var cursor);
        transaction.Commit();
        Assert.False(cursor!.TryNext(out _));
        Assert.Equal(StateStatus.NotActive, transaction.Put("fact"u8, Row("a", 1)));
        Assert.Equal(StateStatus.NotActive, transaction.Get("fact"u8, Key(1, "a"), out _));
        Assert.Equal(StateStatus.NotActive, transaction.Scan("fact"u8, RandomRows.Tuple([]), out _));
        Assert.Throws<InvariantException>(() => transaction.Abort());
        store.Begin();
        Assert.Throws<InvariantException>(() => store.Begin());
        Assert.Throws<InvariantException>(() => store.Root());
    }

    [Theory]
    [InlineData("""{"op":"put"}""", "not an array")]
    [InlineData("""[{"op":"put","row":{},"table":"other"}]""", "not declared")]
    [InlineData("""[{"op":"set","row":{},"table":"fact"}]""", "neither put nor delete")]
    [InlineData("""[{"op":"put","row":{"id":"a","n":1,"x":null,"ok":true},"table":"fact"}]""", "4 members")]
    [InlineData("""[{"op":"put","row":{"id":"a","n":1,"x":null,"ok":true,"rav":{"base64":""}},"table":"fact"}]""", "malformed")]
    [InlineData("""[{"op":"put","row":{"id":"a","n":1.5,"x":null,"ok":true,"raw":{"base64":""}},"table":"fact"}]""", "malformed")]
    [InlineData("""[{"op":"put","row":{"id":"a","n":1,"x":"nan","ok":true,"raw":{"base64":""}},"table":"fact"}]""", "no float64")]
    [InlineData("""[{"op":"put","row":{"id":"\ud800","n":1,"x":1,"ok":true,"raw":{"base64":""}},"table":"fact"}]""", "malformed")]
    [InlineData("""[{"op":"put","row":{"id":"a","n":1,"x":1,"ok":true,"raw":{"base64":"!"}},"table":"fact"}]""", "malformed")]
    [InlineData("""[1]""", "malformed")]
    public void Recorded_writes_of_another_form_are_refused_with_their_place(string json, string reason)
    {
        var element = JsonDocument.Parse(json).RootElement;
        var refused = Assert.Throws<StateFormatException>(() => WriteSet.ReadJson(element, [Facts]));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recovery_applies_all_of_a_record_or_nothing()
    {
        var store = NewStore();
        var root = store.Root();
        RowWrite[] writes = [new("fact", RowOperation.Put, Row("a", 1)), new("fact", RowOperation.Delete, Key(2, "b"))];
        Assert.Throws<StateFormatException>(() => store.Apply(writes));
        Assert.Equal(root, store.Root());
        store.Begin().Abort();
    }

    [Fact]
    public void An_action_of_two_gets_and_a_put_allocates_nothing_in_steady_state()
    {
        var store = NewStore();
        var rows = Enumerable.Range(0, 64).Select(i => Row("k" + (i % 8), i % 8, i, new string('x', i % 20))).ToArray();
        var keys = Enumerable.Range(0, 8).Select(i => Key(i, "k" + i)).ToArray();
        var json = new ArrayBufferWriter<byte>(4096);
        var found = 0;
        for (var i = 0; i < 1_000; i++)
        {
            found += Act(i);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
        {
            found += Act(i);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(found, 20_000, 22_000);
        Assert.Equal(0, allocated);

        int Act(int i)
        {
            var transaction = store.Begin();
            var ok = transaction.Get("fact"u8, keys[i % 8], out _) == StateStatus.Ok ? 1 : 0;
            ok += transaction.Get("fact"u8, keys[(i + 3) % 8], out _) == StateStatus.Ok ? 1 : 0;
            transaction.Put("fact"u8, rows[i % 64]);
            if (i % 5 == 4)
            {
                transaction.Abort();
                return ok;
            }

            json.ResetWrittenCount();
            transaction.Commit().WriteJson(json);
            return ok;
        }
    }

    [Fact]
    public void A_write_set_or_row_read_after_the_store_went_on_is_a_bug_that_says_so()
    {
        var store = NewStore();
        var transaction = store.Begin();
        transaction.Put("fact"u8, Row("a", 1));
        var writes = transaction.Commit();
        var row = store.Rows("fact").Single();
        Assert.Equal("a", row[0]);
        var next = store.Begin();
        Assert.Throws<InvariantException>(() => writes.WriteJson(new ArrayBufferWriter<byte>()));
        Assert.Throws<InvariantException>(() => row[0]);
        Assert.Equal(1, writes.Count);
        next.Put("fact"u8, Row("b", 1));
        Assert.Equal(StateStatus.NotActive, transaction.Put("fact"u8, Row("c", 1)));
        Assert.Throws<InvariantException>(() => transaction.Abort());
    }

    private static byte[] Patch(byte[] tuple, int at, byte value)
    {
        var patched = tuple.ToArray();
        patched[at] = value;
        return patched;
    }
}
