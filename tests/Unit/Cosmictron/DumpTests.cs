using System.Reflection;
using System.Security.Cryptography;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Xunit;
using StoredRecord = Voxeltron.Cosmictron.Record;

namespace Voxeltron.Tests.Unit.Cosmictron;

/// <summary>Dumps that must not load, each by what is wrong, and rows changed behind the store's back, which the scrubber must find.</summary>
public sealed class DumpTests
{
    private const int HeadBytes = 12;

    private static readonly TableSchema Facts = new(
        "fact", [new("id", ColumnType.Int64), new("x", ColumnType.Float64, Nullable: true), new("doc", ColumnType.Json, Nullable: true)], ["id"])
    {
        Indexes = [new("one_x", ["x"], Unique: true)],
    };

    private static readonly TableSchema Own = new("own", [new("id", ColumnType.Int64)], ["id"], TableScope.Cell);

    private static MissionStore Filled()
    {
        var store = new MissionStore([Facts, Own], new StoreLimits { SetHashes = true });
        var transaction = store.Begin("t/1");
        for (var i = 0L; i < 40; i++)
        {
            transaction.Put("fact"u8, RandomRows.Tuple([i, i / 2.0, new JsonPair($$"""{"n":{{i}}}""", "")]));
            transaction.Put("own"u8, RandomRows.Tuple([i]));
        }

        transaction.Commit();
        return store;
    }

    private static byte[] Dump(MissionStore store)
    {
        var dump = new MemoryStream();
        store.WriteDump(dump);
        return dump.ToArray();
    }

    private static string Refusal(byte[] dump, TableSchema[]? tables = null, StoreLimits? limits = null)
    {
        var store = new MissionStore(tables ?? [Facts, Own], limits ?? StoreLimits.Default);
        var empty = store.Root();
        var refused = Assert.Throws<StateFormatException>(() => store.LoadDump(new MemoryStream(dump)));
        Assert.Equal((0, 0), (store.RowCount, store.Bytes));
        Assert.Equal(empty, store.Root());
        return refused.Message;
    }

    /// <summary>The dump changed, with the root a forger would give it.</summary>
    private static byte[] Rooted(byte[] dump, int at, byte value)
    {
        var changed = dump.ToArray();
        changed[at] = value;
        SHA256.HashData(changed.AsSpan()[HeadBytes..^32], changed.AsSpan()[^32..]);
        return changed;
    }

    [Fact]
    public void A_dump_ends_with_the_root_of_what_lies_between()
    {
        var store = Filled();
        var dump = Dump(store);
        Assert.Equal(store.Root(), dump[^32..]);
        Assert.Equal(store.Root(), SHA256.HashData(dump.AsSpan()[HeadBytes..^32]));
    }

    [Fact]
    public void A_dump_that_is_not_this_stores_is_refused_by_what_is_wrong()
    {
        var dump = Dump(Filled());
        var firstRow = HeadBytes + 32 + 8;
        Assert.Contains("no dump", Refusal([.. "something"u8, .. new byte[20]]), StringComparison.Ordinal);
        Assert.Contains("version 2", Refusal(Rooted(dump, 7, 2)), StringComparison.Ordinal);
        Assert.Contains("2 tables; 1", Refusal(dump, [Facts]), StringComparison.Ordinal);
        Assert.Contains("schema hash", Refusal(dump, [Own, Facts]), StringComparison.Ordinal);
        Assert.Contains("cut off in its head", Refusal(dump[..5]), StringComparison.Ordinal);
        Assert.Contains("cut off in the head of table 'fact'", Refusal(dump[..(HeadBytes + 8)]), StringComparison.Ordinal);
        Assert.Contains("cut off in table 'fact', row 0", Refusal(dump[..(firstRow + 6)]), StringComparison.Ordinal);
        Assert.Contains("cut off in its root", Refusal(dump[..^1]), StringComparison.Ordinal);
        Assert.Contains("follow the end", Refusal([.. dump, 0]), StringComparison.Ordinal);
        Assert.Contains("root", Refusal([.. dump[..^1], (byte)(dump[^1] ^ 1)]), StringComparison.Ordinal);
        Assert.Contains("a row of", Refusal(Rooted(dump, firstRow, 0xFF)), StringComparison.Ordinal);
        Assert.Contains("does not fit", Refusal(Rooted(dump, firstRow + 4, 9)), StringComparison.Ordinal);
        Assert.Contains("not above", Refusal(Rooted(dump, firstRow + 4 + 3, 77)), StringComparison.Ordinal);
        Assert.Contains("more than a mission", Refusal(dump, limits: new StoreLimits { RowsPerMission = 79 }), StringComparison.Ordinal);
        Assert.Contains("over 7 bytes", Refusal(dump, limits: new StoreLimits { KeyBytes = 7 }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_in_another_form_or_with_a_taken_key_is_refused_even_under_a_right_root()
    {
        var dump = Dump(Filled());
        var secondRow = HeadBytes + 32 + 8 + 4 + RandomRows.Tuple([0L, 0.0, new JsonPair("""{"n":0}""", "")]).Length + 4;
        var x = secondRow + 2 + 9 + 1;
        // 0.5 becomes 0.0, which row 0 has.
        Assert.Contains("unique index", Refusal(Rooted(Rooted(dump, x + 7, 0), x + 6, 0)), StringComparison.Ordinal);
        // A NaN of other bits.
        Assert.Contains("form the store keeps", Refusal(Rooted(Rooted(Rooted(dump, x + 7, 0x7F), x + 6, 0xF8), x, 1)), StringComparison.Ordinal);
        // A blank in the JSON.
        Assert.Contains("form the store keeps", Refusal(Rooted(Rooted(dump, x + 8 + 5, (byte)' '), x + 8 + 6, (byte)'{')[..], null), StringComparison.Ordinal);
    }

    [Fact]
    public void No_flipped_bit_passes()
    {
        var dump = Dump(Filled());
        for (var at = 0; at < dump.Length; at += 7)
        {
            var changed = dump.ToArray();
            changed[at] ^= (byte)(1 << (at % 8));
            Refusal(changed);
        }
    }

    [Fact]
    public void A_dump_is_loaded_into_an_empty_store_only()
    {
        var store = Filled();
        Assert.Throws<InvariantException>(() => store.LoadDump(new MemoryStream(Dump(store))));
        Assert.Equal(80, store.RowCount);
    }

    [Fact]
    public void The_scrubber_names_the_table_of_a_byte_that_changed_whether_or_not_writes_go_on()
    {
        foreach (var writes in new[] { false, true })
        {
            foreach (var damagedFirst in new[] { false, true })
            {
                var store = Filled();
                Assert.Equal((80, true, 0), Pass(store, writes));
                if (!damagedFirst)
                {
                    store.ScrubNext(10);
                }

                Damage(store, "own", row: 30);
                var (_, ended, corrupt) = Pass(store, writes);
                Assert.True(ended);
                Assert.Equal(1, corrupt);
                Assert.Equal(1, Pass(store, writes).Corrupt);
            }
        }
    }

    [Fact]
    public void A_damaged_row_that_is_overwritten_before_the_scrubber_comes_is_still_found()
    {
        var store = Filled();
        Damage(store, "own", row: 39);
        var transaction = store.Begin("t/1");
        Assert.Equal(StateStatus.Ok, transaction.Put("fact"u8, RandomRows.Tuple([39L, null, null])));
        transaction.Delete("own"u8, RandomRows.Tuple([39L]));
        transaction.Commit();
        Assert.Equal(1, Pass(store, writes: false).Corrupt);
    }

    [Fact]
    public void A_store_without_set_hashes_has_nothing_to_scrub()
    {
        var store = new MissionStore([Facts], StoreLimits.Default);
        Assert.Null(store.SetHashOf("fact"));
        Assert.Throws<InvariantException>(() => store.ScrubNext(1));
    }

    private static (int Rows, bool Ended, int Corrupt) Pass(MissionStore store, bool writes)
    {
        var rows = 0;
        for (var step = 0; step < 100; step++)
        {
            var report = store.ScrubNext(9);
            rows += report.Rows;
            if (report.PassEnded)
            {
                Assert.All(report.Corrupt, name => Assert.Equal("own", name));
                return (writes ? 80 : rows, true, report.Corrupt.Count);
            }

            if (writes)
            {
                var transaction = store.Begin("t/1");
                transaction.Put("fact"u8, RandomRows.Tuple([(long)step, null, null]));
                transaction.Delete("fact"u8, RandomRows.Tuple([(long)step * 3]));
                transaction.Put("fact"u8, RandomRows.Tuple([100L + step, null, null]));
                transaction.Put("own"u8, RandomRows.Tuple([200L + step]));
                transaction.Commit();
            }
        }

        return (rows, false, 0);
    }

    /// <summary>Flips a bit of a stored tuple, as a broken memory would.</summary>
    internal static void Damage(MissionStore store, string table, int row)
    {
        store.Begin().Abort();
        var heap = (RecordHeap)typeof(MissionStore).GetField("_heap", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(store)!;
        Assert.True(store.TryName(System.Text.Encoding.ASCII.GetBytes(table), out var found, out _));
        var position = default(OrderedRows.Position);
        for (var i = 0; i < row; i++)
        {
            position = found.Order.Next(position);
        }

        Assert.True(found.Order.TryIdAt(position, out var id));
        var block = heap.Block(found.LocationOf(id));
        block[new StoredRecord(block).Bytes - 1] ^= 0x10;
    }
}
