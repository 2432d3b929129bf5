using System.Buffers;
using System.Text;
using System.Text.Json;
using Voxeltron.Cosmictron;
using Xunit;

namespace Voxeltron.Tests.Unit.Cosmictron;

/// <summary>What indexes and shards promise beside what the model test compares: statuses, hand-overs of a key, recovery.</summary>
public sealed class IndexTests
{
    private static readonly TableSchema Seats = new("seat", [new("id", ColumnType.Int64), new("place", ColumnType.Text, Nullable: true)], ["id"])
    {
        Indexes = [new("one_place", ["place"], Unique: true), new("by_place", ["place"])],
    };

    private static readonly TableSchema Notes = new("note", [new("id", ColumnType.Int64), new("text", ColumnType.Text)], ["id"], TableScope.Cell)
    {
        Indexes = [new("one_text", ["text"], Unique: true)],
    };

    private static byte[] Row(long id, string? place) => RandomRows.Tuple([id, place]);

    private static byte[] Key(object? value) => RandomRows.Tuple([value]);

    [Fact]
    public void A_second_row_of_a_unique_key_is_a_conflict_and_changes_nothing()
    {
        var store = new MissionStore([Seats], StoreLimits.Default);
        var transaction = store.Begin();
        Assert.Equal(StateStatus.Ok, transaction.Put("seat"u8, Row(1, "a")));
        Assert.Equal(StateStatus.Conflict, transaction.Put("seat"u8, Row(2, "a")));
        Assert.Equal(StateStatus.Ok, transaction.Put("seat"u8, Row(2, "b")));
        Assert.Equal(StateStatus.Conflict, transaction.Put("seat"u8, Row(2, "a")));
        Assert.Equal(StateStatus.Ok, transaction.Put("seat"u8, Row(1, "a")));
        Assert.Equal(StateStatus.Ok, transaction.Get("seat.one_place"u8, Key("b"), out var row));
        Assert.Equal(Row(2, "b"), row.ToArray());
        Assert.Equal(StateStatus.Ok, transaction.Put("seat"u8, Row(3, null)));
        Assert.Equal(StateStatus.Ok, transaction.Put("seat"u8, Row(4, null)));
        Assert.Equal(StateStatus.Ok, transaction.Delete("seat"u8, Key(1L)));
        Assert.Equal(StateStatus.Ok, transaction.Put("seat"u8, Row(2, "a")));
        Assert.Equal(3, transaction.Commit().Count);
    }

    [Fact]
    public void An_index_answers_only_what_it_can()
    {
        var transaction = new MissionStore([Seats], StoreLimits.Default).Begin();
        transaction.Put("seat"u8, Row(1, "a"));
        Assert.Equal(StateStatus.BadArgument, transaction.Get("seat.by_place"u8, Key("a"), out _));
        Assert.Equal(StateStatus.BadTuple, transaction.Get("seat.one_place"u8, Key(null), out _));
        Assert.Equal(StateStatus.BadTuple, transaction.Get("seat.one_place"u8, Key(1L), out _));
        Assert.Equal(StateStatus.BadTuple, transaction.Get("seat.one_place"u8, RandomRows.Tuple(["a", 1L]), out _));
        Assert.Equal(StateStatus.NotFound, transaction.Get("seat.one_place"u8, Key("b"), out _));
        Assert.Equal(StateStatus.NoTable, transaction.Get("seat.none"u8, Key("a"), out _));
        Assert.Equal(StateStatus.NoTable, transaction.Put("seat.one_place"u8, Row(1, "a")));
        Assert.Equal(StateStatus.NoTable, transaction.Delete("seat.one_place"u8, Key("a")));
        Assert.Equal(StateStatus.NoTable, transaction.Scan("seat."u8, Key("a"), out _));
        Assert.Equal(StateStatus.Ok, transaction.Scan("seat.by_place"u8, Key(null), out var cursor));
        Assert.False(cursor!.TryNext(out _));
    }

    [Fact]
    public void An_index_key_has_the_limit_of_a_key()
    {
        var transaction = new MissionStore([Seats], new StoreLimits { KeyBytes = 20 }).Begin();
        Assert.Equal(StateStatus.Ok, transaction.Put("seat"u8, Row(1, new string('x', 17))));
        Assert.Equal(StateStatus.TooLarge, transaction.Put("seat"u8, Row(1, new string('x', 18))));
    }

    [Fact]
    public void An_index_scan_goes_on_where_it_was_when_rows_move_under_it()
    {
        var transaction = new MissionStore([Seats], StoreLimits.Default).Begin();
        for (var id = 0; id < 5; id++)
        {
            transaction.Put("seat"u8, Row(id, "p" + id));
        }

        transaction.Scan("seat.by_place"u8, RandomRows.Tuple([]), out var cursor);
        var seen = new List<string>();
        while (cursor!.TryNext(out var row))
        {
            var text = Encoding.UTF8.GetString(row[^2..]);
            seen.Add(text);
            if (text == "p1")
            {
                // The row just passed moves ahead, one ahead moves behind, another goes.
                transaction.Put("seat"u8, Row(1, "p9"));
                transaction.Put("seat"u8, Row(3, "p0"));
                transaction.Delete("seat"u8, Key(4L));
                Assert.Equal(StateStatus.Conflict, transaction.Put("seat"u8, Row(3, "p0")));
                Assert.Equal(StateStatus.Ok, transaction.Put("seat"u8, Row(3, "o0")));
            }
        }

        Assert.Equal(["p0", "p1", "p2", "p9"], seen);
    }

    [Fact]
    public void A_unique_key_may_change_hands_in_one_transaction_and_recovery_follows()
    {
        var store = new MissionStore([Seats], StoreLimits.Default);
        var recovered = new MissionStore([Seats], StoreLimits.Default);
        var first = store.Begin();
        first.Put("seat"u8, Row(1, "a"));
        first.Put("seat"u8, Row(2, "b"));
        Recover(first.Commit(), recovered);
        var swap = store.Begin();
        Assert.Equal(StateStatus.Ok, swap.Put("seat"u8, Row(1, "c")));
        Assert.Equal(StateStatus.Ok, swap.Put("seat"u8, Row(2, "a")));
        Assert.Equal(StateStatus.Ok, swap.Put("seat"u8, Row(1, "b")));
        Recover(swap.Commit(), recovered);
        Assert.Equal(store.Root(), recovered.Root());
        var check = recovered.Begin();
        Assert.Equal(StateStatus.Ok, check.Get("seat.one_place"u8, Key("b"), out var row));
        Assert.Equal(Row(1, "b"), row.ToArray());
    }

    [Fact]
    public void A_record_that_leaves_two_rows_of_a_unique_key_is_refused_whole()
    {
        var store = new MissionStore([Seats], StoreLimits.Default);
        store.Apply([new("seat", RowOperation.Put, Row(1, "a"))]);
        var root = store.Root();
        var refused = Assert.Throws<StateFormatException>(() => store.Apply(
            [new("seat", RowOperation.Put, Row(0, "x")), new("seat", RowOperation.Put, Row(2, "a"))]));
        Assert.Contains("seat.one_place", refused.Message, StringComparison.Ordinal);
        Assert.Equal(root, store.Root());
    }

    [Fact]
    public void A_cell_sees_and_touches_its_own_shard_alone()
    {
        var store = new MissionStore([Seats, Notes], StoreLimits.Default);
        var a = store.Begin("t/a");
        Assert.Equal(StateStatus.Ok, a.Put("note"u8, Row(1, "mine")));
        Assert.Equal(
            """[{"cell":"t/a","op":"put","row":{"id":1,"text":"mine"},"table":"note"}]""", Json(a.Commit()));
        var b = store.Begin("t/b");
        Assert.Equal(StateStatus.NotFound, b.Get("note"u8, Key(1L), out _));
        Assert.Equal(StateStatus.NotFound, b.Get("note.one_text"u8, Key("mine"), out _));
        Assert.Equal(StateStatus.NotFound, b.Delete("note"u8, Key(1L)));
        b.Scan("note"u8, RandomRows.Tuple([]), out var cursor);
        Assert.False(cursor!.TryNext(out _));
        Assert.Equal(StateStatus.Ok, b.Put("note"u8, Row(1, "mine")));
        b.Commit();
        Assert.Equal(["t/a", "t/b"], store.Rows("note").Select(r => r.Cell));
        var nobody = store.Begin();
        Assert.Equal(StateStatus.NoTable, nobody.Get("note"u8, Key(1L), out _));
        Assert.Equal(StateStatus.NoTable, nobody.Scan("note.one_text"u8, RandomRows.Tuple([]), out _));
        nobody.Abort();
        var again = store.Begin("t/a");
        Assert.Equal(StateStatus.Ok, again.Delete("note"u8, Key(1L)));
        Assert.Equal("""[{"cell":"t/a","key":{"id":1},"op":"delete","table":"note"}]""", Json(again.Commit()));
        Assert.Equal((1, 0), (store.DropShard("t/b"), store.DropShard("t/b")));
        Assert.Equal((0, 0), (store.RowCount, store.Bytes));
    }

    [Theory]
    [InlineData("""[{"op":"put","row":{"id":1,"text":"x"},"table":"note"}]""")]
    [InlineData("""[{"cell":"","op":"put","row":{"id":1,"text":"x"},"table":"note"}]""")]
    [InlineData("""[{"cell":"a\u0000","op":"put","row":{"id":1,"text":"x"},"table":"note"}]""")]
    [InlineData("""[{"cell":7,"op":"put","row":{"id":1,"text":"x"},"table":"note"}]""")]
    [InlineData("""[{"cell":"a","op":"put","row":{"id":1,"place":"x"},"table":"seat"}]""")]
    public void A_recorded_write_names_a_cell_just_where_its_table_has_shards(string json) =>
        Assert.Throws<StateFormatException>(() => WriteSet.ReadJson(JsonDocument.Parse(json).RootElement, [Seats, Notes]));

    [Fact]
    public void Roots_tell_shards_apart()
    {
        var one = new MissionStore([Notes], StoreLimits.Default);
        var other = new MissionStore([Notes], StoreLimits.Default);
        one.Apply([new("note", RowOperation.Put, Row(1, "x"), "a")]);
        other.Apply([new("note", RowOperation.Put, Row(1, "x"), "b")]);
        Assert.NotEqual(one.Root(), other.Root());
    }

    private static void Recover(WriteSet writes, MissionStore store) =>
        store.Apply(WriteSet.ReadJson(JsonDocument.Parse(Json(writes)).RootElement, [Seats]));

    private static string Json(WriteSet writes)
    {
        var buffer = new ArrayBufferWriter<byte>();
        writes.WriteJson(buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
