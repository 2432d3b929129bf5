using System.Buffers;
using System.Text;
using System.Text.Json;
using Voxeltron.Cosmictron;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Cosmictron;

/// <summary>
/// Goal: the store behaves as sorted maps of rows would. Method: random transactions over every column type, indexes and
/// shards, half of them aborted, run on the store and on <see cref="StoreModel"/>; after each, every row, the write set
/// and a second store fed only with the recorded JSON are compared.
/// </summary>
public sealed class StoreModelTests(ITestOutputHelper output)
{
    private static readonly TableSchema[] Tables =
    [
        new("fact", [new("subject", ColumnType.Text), new("n", ColumnType.Int64), new("value", ColumnType.Float64, Nullable: true)], ["subject", "n"])
        {
            Indexes = [new("by_value", ["value", "n"]), new("by_n", ["n"])],
        },
        new("mixed", [new("note", ColumnType.Text, Nullable: true), new("data", ColumnType.Bytes), new("yes", ColumnType.Bool), new("big", ColumnType.Int64, Nullable: true)], ["data", "yes"])
        {
            Indexes = [new("one_note", ["note"], Unique: true), new("one_pair", ["big", "yes"], Unique: true)],
        },
        new("score", [new("x", ColumnType.Float64), new("label", ColumnType.Text)], ["x"]),
        new("money", [new("amount", ColumnType.Decimal, Precision: 28, Scale: 28), new("at", ColumnType.Timestamp), new("doc", ColumnType.Json, Nullable: true), new("rest", ColumnType.Decimal, Nullable: true, 5, 2)], ["at", "amount"])
        {
            Indexes = [new("by_rest", ["rest", "at"]), new("one_amount", ["amount"], Unique: true)],
        },
        new("mine", [new("k", ColumnType.Int64), new("v", ColumnType.Text, Nullable: true), new("doc", ColumnType.Json)], ["k"], TableScope.Cell)
        {
            Indexes = [new("one_v", ["v"], Unique: true)],
        },
    ];

    // A shard whose name begins with another's, on purpose.
    private static readonly string[] Cells = ["t/1", "t/10", "u"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20260914)]
    [InlineData(5_479_571)]
    [InlineData(0)]
    public void Random_transactions_agree_with_sorted_maps_and_recover_from_their_json(int seed)
    {
        seed = seed == 0 ? Environment.TickCount : seed;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var limits = new StoreLimits { SetHashes = true };
        var store = new MissionStore(Tables, limits);
        var recovered = new MissionStore(Tables, limits);
        var model = new StoreModel(Tables);
        var conflicts = 0;
        var passes = 0;

        for (var round = 0; round < 300; round++)
        {
            var rootBefore = store.Root();
            var bytesBefore = store.Bytes;
            var work = model.Copy();
            var cell = Cells[random.Next(Cells.Length)];
            var transaction = store.Begin(cell);
            for (var step = random.Next(30); step > 0; step--)
            {
                conflicts += Step(random, transaction, work, cell);
            }

            if (random.Next(2) == 0)
            {
                transaction.Abort();
                Assert.Equal(rootBefore, store.Root());
                Assert.Equal(bytesBefore, store.Bytes);
            }
            else
            {
                var json = Json(transaction.Commit());
                Assert.Equal(work.ChangesSince(model), JsonDocument.Parse(json).RootElement.GetArrayLength());
                recovered.Apply(WriteSet.ReadJson(JsonDocument.Parse(json).RootElement, Tables));
                model = work;
            }

            if (random.Next(20) == 0)
            {
                cell = Cells[random.Next(Cells.Length)];
                var dropped = model.DropShard(cell);
                Assert.Equal((dropped, dropped), (store.DropShard(cell), recovered.DropShard(cell)));
            }

            Assert.Equal(store.Root(), recovered.Root());
            Compare(store, model);
            if (random.Next(10) == 0)
            {
                AssertDumpHolds(store, limits);
            }

            var scrubbed = store.ScrubNext(random.Next(1, 20));
            Assert.Empty(scrubbed.Corrupt);
            passes += scrubbed.PassEnded ? 1 : 0;
        }

        Assert.InRange(passes, 5, 200);

        Assert.True(store.RowCount > 20 && conflicts > 20, "the run left too few rows, or met too few conflicts, to mean anything");
        Assert.Equal(store.RowCount, recovered.RowCount);
        Assert.Equal(store.Bytes, recovered.Bytes);
    }

    /// <summary>
    /// What a transaction spent on its bounds, and how full the mission was on its way, is not in its net writes: whatever
    /// was committed must be taken back at recovery all the same.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(0)]
    public void What_was_committed_near_the_limits_is_recovered(int seed)
    {
        seed = seed == 0 ? Environment.TickCount : seed;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var refusals = 0;
        for (var run = 0; run < 40; run++)
        {
            var limits = new StoreLimits
            {
                RowsPerMission = random.Next(3, 20), TotalBytes = random.Next(300, 1_500), WritesPerTransaction = random.Next(3, 30), WriteSetJsonBytes = random.Next(300, 2_000),
            };
            var store = new MissionStore(Tables, limits);
            var recovered = new MissionStore(Tables, limits);
            for (var round = 0; round < 40; round++)
            {
                var transaction = store.Begin(Cells[0]);
                for (var step = random.Next(30); step > 0; step--)
                {
                    var table = Tables[random.Next(Tables.Length)];
                    var row = RandomRows.Row(random, table);
                    var status = random.Next(3) == 0
                        ? transaction.Delete(Encoding.ASCII.GetBytes(table.Name), RandomRows.Tuple([.. table.Key.Select(name => row[table.ColumnOf(name)])]))
                        : transaction.Put(Encoding.ASCII.GetBytes(table.Name), RandomRows.Tuple(row));
                    refusals += status == StateStatus.Limit ? 1 : 0;
                }

                recovered.Apply(WriteSet.ReadJson(JsonDocument.Parse(Json(transaction.Commit())).RootElement, Tables));
                Assert.Equal(store.Root(), recovered.Root());
                Assert.Equal((store.RowCount, store.Bytes), (recovered.RowCount, recovered.Bytes));
            }
        }

        Assert.True(refusals > 100, $"{refusals} refusals: the limits were hardly met");
    }

    [Fact]
    public void A_delete_of_what_was_made_small_first_is_recovered()
    {
        var table = new TableSchema("t", [new("k", ColumnType.Int64), new("v", ColumnType.Text)], ["k"]);
        var limits = new StoreLimits { WriteSetJsonBytes = 3_000 };
        var (store, recovered) = (new MissionStore([table], limits), new MissionStore([table], limits));
        for (var k = 0L; k < 10; k++)
        {
            Round(transaction => Assert.Equal(StateStatus.Ok, transaction.Put("t"u8, RandomRows.Tuple([k, new string('\u0001', 300)]))));
        }

        Round(transaction =>
        {
            for (var k = 0L; k < 10; k++)
            {
                Assert.Equal(StateStatus.Ok, transaction.Put("t"u8, RandomRows.Tuple([k, ""])));
                Assert.Equal(StateStatus.Ok, transaction.Delete("t"u8, RandomRows.Tuple([k])));
            }
        });
        Assert.Equal(0, recovered.RowCount);

        void Round(Action<Transaction> act)
        {
            var transaction = store.Begin();
            act(transaction);
            recovered.Apply(WriteSet.ReadJson(JsonDocument.Parse(Json(transaction.Commit())).RootElement, [table]));
            Assert.Equal(store.Root(), recovered.Root());
        }
    }

    [Fact]
    public void A_full_mission_s_last_row_may_make_way_for_an_earlier_one_and_no_record_may_overfill_it()
    {
        var table = new TableSchema("t", [new("k", ColumnType.Int64)], ["k"]);
        var limits = new StoreLimits { RowsPerMission = 2 };
        var (store, recovered) = (new MissionStore([table], limits), new MissionStore([table], limits));
        foreach (var (gone, came) in ((long?, long)[])[(null, 5), (null, 9), (9, 1), (5, 3)])
        {
            var transaction = store.Begin();
            if (gone is { } k)
            {
                Assert.Equal(StateStatus.Ok, transaction.Delete("t"u8, RandomRows.Tuple([k])));
            }

            Assert.Equal(StateStatus.Ok, transaction.Put("t"u8, RandomRows.Tuple([came])));
            recovered.Apply(WriteSet.ReadJson(JsonDocument.Parse(Json(transaction.Commit())).RootElement, [table]));
            Assert.Equal(store.Root(), recovered.Root());
        }

        var before = recovered.Root();
        Assert.Throws<StateFormatException>(() => recovered.Apply([new RowWrite("t", RowOperation.Put, RandomRows.Tuple([7L]))]));
        Assert.Equal(before, recovered.Root());
    }

    [Fact]
    public void The_same_writes_in_another_order_give_the_same_bytes()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var model = new StoreModel(Tables);
        var rows = new List<(TableSchema Table, object?[] Row)>();
        for (var i = 0; i < 300; i++)
        {
            var table = random.Next(Tables.Length);
            var row = RandomRows.Row(random, Tables[table]);
            if (model.Get(table, "c", row) is null && model.Put(table, "c", row) == StateStatus.Ok)
            {
                rows.Add((Tables[table], row));
            }
        }

        Assert.True(rows.Count > 30);
        var texts = new HashSet<string>();
        for (var i = 0; i < 10; i++)
        {
            var transaction = new MissionStore(Tables, StoreLimits.Default).Begin("c");
            foreach (var (table, row) in rows.OrderBy(_ => random.Next()))
            {
                Assert.Equal(StateStatus.Ok, transaction.Put(Encoding.UTF8.GetBytes(table.Name), RandomRows.Tuple(row)));
            }

            texts.Add(Encoding.UTF8.GetString(Json(transaction.Commit())));
        }

        Assert.Single(texts);
    }

    /// <returns>1 when the step met a conflict.</returns>
    private static int Step(Random random, Transaction transaction, StoreModel work, string cell)
    {
        var table = random.Next(Tables.Length);
        var schema = Tables[table];
        var name = Encoding.UTF8.GetBytes(schema.Name);
        var row = RandomRows.Row(random, schema);
        var key = RandomRows.Tuple(work.Values(table, schema.Key, row));
        switch (random.Next(6))
        {
            case 0 or 1:
                var wanted = work.Put(table, cell, row);
                Assert.Equal(wanted, transaction.Put(name, RandomRows.Tuple(row)));
                return wanted == StateStatus.Conflict ? 1 : 0;
            case 2:
                Assert.Equal(work.Delete(table, cell, row) ? StateStatus.Ok : StateStatus.NotFound, transaction.Delete(name, key));
                break;
            case 3:
                Got(work.Get(table, cell, row), transaction.Get(name, key, out var tuple), tuple);
                break;
            case 4:
                Scan(random, transaction, work, cell, table, schema.Name, schema.Key, row);
                break;
            default:
                foreach (var index in schema.Indexes)
                {
                    var indexName = $"{schema.Name}.{index.Name}";
                    Scan(random, transaction, work, cell, table, indexName, index.Columns, row);
                    var values = work.Values(table, index.Columns, row);
                    if (index.Unique && !values.Contains(null))
                    {
                        var found = work.Scan(table, cell, index.Columns, row, values.Length).SingleOrDefault();
                        Got(found, transaction.Get(Encoding.UTF8.GetBytes(indexName), RandomRows.Tuple(values), out tuple), tuple);
                    }
                }

                break;
        }

        return 0;
    }

    private static void Got(object?[]? expected, StateStatus status, ReadOnlySpan<byte> tuple)
    {
        Assert.Equal(expected is null ? StateStatus.NotFound : StateStatus.Ok, status);
        Assert.Equal(expected is null ? [] : RandomRows.Tuple(expected), tuple.ToArray());
    }

    private static void Scan(
        Random random, Transaction transaction, StoreModel work, string cell, int table, string name, IReadOnlyList<string> columns, object?[] like)
    {
        var fields = random.Next(columns.Count + 1);
        var prefix = RandomRows.Tuple(work.Values(table, columns, like).Take(fields));
        Assert.Equal(StateStatus.Ok, transaction.Scan(Encoding.UTF8.GetBytes(name), prefix, out var cursor));
        foreach (var wanted in work.Scan(table, cell, columns, like, fields))
        {
            Assert.True(cursor!.TryNext(out var found));
            Assert.Equal(RandomRows.Tuple(wanted), found.ToArray());
        }

        Assert.False(cursor!.TryNext(out _));
    }

    /// <summary>A store filled from the dump is the same store: root, bytes, dump, set hashes, and indexes that still work.</summary>
    private static void AssertDumpHolds(MissionStore store, StoreLimits limits)
    {
        var dump = new MemoryStream();
        Assert.Equal(store.Root(), store.WriteDump(dump));
        var loaded = new MissionStore(Tables, limits);
        loaded.LoadDump(new MemoryStream(dump.ToArray()));
        Assert.Equal(store.Root(), loaded.Root());
        Assert.Equal((store.RowCount, store.Bytes), (loaded.RowCount, loaded.Bytes));
        var again = new MemoryStream();
        loaded.WriteDump(again);
        Assert.Equal(dump.ToArray(), again.ToArray());
        foreach (var table in Tables)
        {
            Assert.Equal(store.SetHashOf(table.Name), loaded.SetHashOf(table.Name));
            foreach (var index in table.Indexes)
            {
                Assert.Equal(ScanAll(store, $"{table.Name}.{index.Name}"), ScanAll(loaded, $"{table.Name}.{index.Name}"));
            }
        }
    }

    private static List<string> ScanAll(MissionStore store, string name)
    {
        var rows = new List<string>();
        foreach (var cell in Cells)
        {
            var transaction = store.Begin(cell);
            transaction.Scan(Encoding.UTF8.GetBytes(name), RandomRows.Tuple([]), out var cursor);
            while (cursor!.TryNext(out var row))
            {
                rows.Add(Convert.ToHexString(row));
            }

            transaction.Abort();
        }

        return rows;
    }

    private static void Compare(MissionStore store, StoreModel model)
    {
        var rows = 0L;
        for (var i = 0; i < Tables.Length; i++)
        {
            var actual = store.Rows(Tables[i].Name).ToArray();
            Assert.Equal(model.Rows(i).Count, actual.Length);
            Assert.Equal(model.Shards(i), actual.Select(r => r.Cell));
            foreach (var (expected, view) in model.Rows(i).Zip(actual))
            {
                Assert.Equal(RandomRows.Tuple(expected), view.Tuple.ToArray());
                for (var c = 0; c < expected.Length; c++)
                {
                    Assert.True(RandomRows.Same(expected[c], view[c]), $"{Tables[i].Name}.{Tables[i].Columns[c].Name}");
                }
            }

            rows += actual.Length;
        }

        Assert.Equal(rows, store.RowCount);
    }

    private static byte[] Json(WriteSet writes)
    {
        var buffer = new ArrayBufferWriter<byte>();
        writes.WriteJson(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
