using Voxeltron.Cosmictron;
using Xunit;
using Xunit.Abstractions;
using StoredRecord = Voxeltron.Cosmictron.Record;

namespace Voxeltron.Tests.Unit.Cosmictron;

/// <summary>Slabs, size classes, row ids and the hash index: what they promise about room, reuse and growth.</summary>
public sealed class RecordStorageTests(ITestOutputHelper output)
{
    private static readonly TableSchema Blobs = new("blob", [new("id", ColumnType.Int64), new("data", ColumnType.Bytes)], ["id"]);

    [Fact]
    public void A_block_holds_its_record_and_wastes_at_most_fifteen_bytes_or_an_eighth()
    {
        for (var bytes = 1; bytes < 600_000; bytes += 1 + (bytes / 1000))
        {
            var sizeClass = SizeClass.Of(bytes);
            var block = SizeClass.BlockBytes(sizeClass);
            Assert.InRange(block - bytes, 0, Math.Max(15, bytes / 8));
            Assert.Equal(sizeClass, SizeClass.Of(block));
            Assert.True(bytes <= 16 || SizeClass.BlockBytes(sizeClass - 1) < bytes);
        }

        Assert.InRange(SizeClass.Of(int.MaxValue), 0, SizeClass.Count - 1);
    }

    /// <summary>The order of a table is made by its first scan or when it grows: neither which nor when may be seen.</summary>
    [Fact]
    public void A_growing_table_scans_the_same_whenever_it_was_scanned_first()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (early, late) = (new MissionStore([Blobs], StoreLimits.Default), new MissionStore([Blobs], StoreLimits.Default));
        var rows = new SortedSet<long>();
        while (rows.Count < 3_000)
        {
            var (one, two) = (early.Begin(), late.Begin());
            Assert.Equal(rows, Ids(one));
            var after = new SortedSet<long>(rows);
            for (var i = random.Next(1, 400); i > 0; i--)
            {
                long id = random.Next(5_000);
                var delete = random.Next(4) == 0;
                foreach (var transaction in (Transaction[])[one, two])
                {
                    Assert.Equal(
                        delete && !after.Contains(id) ? StateStatus.NotFound : StateStatus.Ok,
                        delete ? transaction.Delete("blob"u8, RandomRows.Tuple([id])) : transaction.Put("blob"u8, RandomRows.Tuple([id, new byte[8]])));
                }

                _ = delete ? after.Remove(id) : after.Add(id);
            }

            if (random.Next(3) == 0)
            {
                one.Abort();
                two.Abort();
                continue;
            }

            one.Commit();
            two.Commit();
            rows = after;
        }

        Assert.Equal(rows, Ids(late.Begin()));
    }

    /// <summary>Rows that are left one in a hundred cost their order little more than rows that lie close.</summary>
    [Fact]
    public void Scattered_survivors_share_their_chunks()
    {
        var store = new MissionStore([Blobs], StoreLimits.Default);
        for (var from = 0L; from < 100_000; from += 10_000)
        {
            var transaction = store.Begin();
            for (var id = from; id < from + 10_000; id++)
            {
                Assert.Equal(StateStatus.Ok, transaction.Put("blob"u8, RandomRows.Tuple([id, Array.Empty<byte>()])));
            }

            transaction.Commit();
            transaction = store.Begin();
            for (var id = from; id < from + 10_000; id++)
            {
                if (id % 100 != 0)
                {
                    Assert.Equal(StateStatus.Ok, transaction.Delete("blob"u8, RandomRows.Tuple([id])));
                }
            }

            transaction.Commit();
        }

        Assert.True(store.TryName("blob"u8, out var table, out _));
        Assert.Equal(1_000, store.RowCount);
        Assert.InRange(table.Order.ChunkCount, 1_000 / 256, 1_000 / 32);
        Assert.Equal(Enumerable.Range(0, 1_000).Select(static i => i * 100L), Ids(store.Begin()));
    }

    private static List<long> Ids(Transaction transaction)
    {
        Assert.Equal(StateStatus.Ok, transaction.Scan("blob"u8, RandomRows.Tuple([]), out var cursor));
        var ids = new List<long>();
        while (cursor!.TryNext(out var row))
        {
            ids.Add(BitConverter.ToInt64(row[3..]));
        }

        return ids;
    }

    [Fact]
    public void Freed_room_is_used_again_and_given_back_when_more_is_free_than_live()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var store = new MissionStore([Blobs], StoreLimits.Default);
        var live = new Dictionary<long, byte[]>();
        var peak = 0L;
        for (var round = 0; round < 60; round++)
        {
            // Sizes change from round to round, which is what fragments: old slabs of one size, new rows of another.
            var size = 1 << random.Next(0, 14);
            var transaction = store.Begin();
            for (var i = 0; i < 300; i++)
            {
                long id = random.Next(2_000);
                if (random.Next(3) == 0)
                {
                    transaction.Delete("blob"u8, RandomRows.Tuple([id]));
                    live.Remove(id);
                }
                else
                {
                    var data = new byte[random.Next(size)];
                    random.NextBytes(data);
                    Assert.Equal(StateStatus.Ok, transaction.Put("blob"u8, RandomRows.Tuple([id, data])));
                    live[id] = data;
                }
            }

            if (random.Next(8) == 0)
            {
                foreach (var id in live.Keys.Where(_ => random.Next(10) != 0).ToArray())
                {
                    transaction.Delete("blob"u8, RandomRows.Tuple([id]));
                    live.Remove(id);
                }
            }

            transaction.Commit();
            store.Begin().Abort();
            peak = Math.Max(peak, store.ReservedBytes);
            AssertBounded(store);
        }

        Assert.Equal(live.OrderBy(p => p.Key).Select(p => Convert.ToHexString(p.Value)), store.Rows("blob").Select(r => Convert.ToHexString((byte[])r[1]!)));
        var clearing = store.Begin();
        foreach (var id in live.Keys)
        {
            Assert.Equal(StateStatus.Ok, clearing.Delete("blob"u8, RandomRows.Tuple([id])));
        }

        clearing.Commit();
        store.Begin().Abort();
        AssertBounded(store);
        Assert.Equal((0, 0), (store.RowCount, store.Bytes));
        Assert.True(store.ReservedBytes < peak, $"{store.ReservedBytes} bytes are reserved for no row; the peak was {peak}");
    }

    [Fact]
    public void Every_row_of_a_large_table_is_found_while_it_grows_and_shrinks()
    {
        const int rows = 20_000;
        var store = new MissionStore([Blobs], StoreLimits.Default);
        var transaction = store.Begin();
        for (var id = 0L; id < rows; id++)
        {
            transaction.Put("blob"u8, RandomRows.Tuple([id, new byte[8]]));
        }

        Assert.True(Enumerable.Range(0, rows).All(id => transaction.Get("blob"u8, RandomRows.Tuple([(long)id]), out _) == StateStatus.Ok));
        for (var id = 0L; id < rows; id += 2)
        {
            Assert.Equal(StateStatus.Ok, transaction.Delete("blob"u8, RandomRows.Tuple([id])));
        }

        Assert.True(Enumerable.Range(0, rows).All(id =>
            transaction.Get("blob"u8, RandomRows.Tuple([(long)id]), out _) == (id % 2 == 1 ? StateStatus.Ok : StateStatus.NotFound)));
        transaction.Commit();
        Assert.Equal(rows / 2, store.RowCount);
    }

    [Fact]
    public void Keys_of_one_hash_are_told_apart_and_do_not_split_for_ever()
    {
        var heap = new RecordHeap();
        var rows = new RowDirectory();
        var index = new HashIndex();
        var ids = new List<int>();
        for (var i = 0; i < 3_000; i++)
        {
            StoredRecord.Write(heap.Allocate(StoredRecord.SizeOf(0, 0, 4, 0), out var location), 0, default, BitConverter.GetBytes(i), []);
            ids.Add(rows.Take(location));
            index.Add(0xDEAD_BEEF, ids[i]);
        }

        for (var i = 0; i < ids.Count; i++)
        {
            Assert.True(index.TryFind<StoredRecord>(BitConverter.GetBytes(i), 0xDEAD_BEEF, heap, rows, out var id));
            Assert.Equal(ids[i], id);
        }

        for (var i = 0; i < ids.Count; i++)
        {
            index.Remove(0xDEAD_BEEF, ids[i]);
            Assert.False(index.TryFind<StoredRecord>(BitConverter.GetBytes(i), 0xDEAD_BEEF, heap, rows, out _));
        }

        Assert.Equal(0, index.Count);
    }

    [Fact]
    public void Ids_are_given_out_again_and_never_twice_at_once()
    {
        var random = new Random(11);
        var rows = new RowDirectory();
        var live = new Dictionary<int, long>();
        for (var i = 1L; i < 10_000; i++)
        {
            if (live.Count > 0 && random.Next(5) < 2)
            {
                var id = live.Keys.ElementAt(random.Next(live.Count));
                Assert.Equal(live[id], rows[id]);
                rows.Release(id);
                Assert.True(rows[id] < 0);
                live.Remove(id);
            }
            else
            {
                live.Add(rows.Take(i), i);
            }
        }

        Assert.All(live, p => Assert.Equal(p.Value, rows[p.Key]));
        Assert.InRange(rows.Bound, live.Count, 3_000);
    }

    // Twice the rows, rounding, and one slab for each size class: 128 KiB, or four blocks where they are larger.
    private static void AssertBounded(MissionStore store) =>
        Assert.InRange(store.ReservedBytes, 0, (long)(2 * 1.125 * store.Bytes) + (15 * 2 * store.RowCount) + (70 * 128 * 1024));
}
