using System.Buffers;
using System.Text;
using System.Text.Json;
using Voxeltron.Cosmictron;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Cosmictron;

/// <summary>
/// Goal: the store behaves as a sorted map of rows would. Method: random transactions, half of them aborted, run on the
/// store and on a plain SortedDictionary per table ordered by the values themselves; after each, every row, the write
/// set and a second store fed only with the recorded JSON are compared.
/// </summary>
public sealed class StoreModelTests(ITestOutputHelper output)
{
    private static readonly TableSchema[] Tables =
    [
        new("fact", [new("subject", ColumnType.Text), new("n", ColumnType.Int64), new("value", ColumnType.Float64, Nullable: true)], ["subject", "n"]),
        new("mixed", [new("note", ColumnType.Text, Nullable: true), new("data", ColumnType.Bytes), new("yes", ColumnType.Bool), new("big", ColumnType.Int64, Nullable: true)], ["data", "yes"]),
        new("score", [new("x", ColumnType.Float64), new("label", ColumnType.Text)], ["x"]),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20260914)]
    [InlineData(0)]
    public void Random_transactions_agree_with_a_sorted_map_and_recover_from_their_json(int seed)
    {
        seed = seed == 0 ? Environment.TickCount : seed;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var store = new MissionStore(Tables, StoreLimits.Default);
        var recovered = new MissionStore(Tables, StoreLimits.Default);
        var model = Tables.Select(_ => new SortedDictionary<object?[], object?[]>(new ValueOrder())).ToArray();

        for (var round = 0; round < 400; round++)
        {
            var rootBefore = store.Root();
            var work = model.Select(t => new SortedDictionary<object?[], object?[]>(t, new ValueOrder())).ToArray();
            var transaction = store.Begin();
            for (var step = random.Next(30); step > 0; step--)
            {
                Step(random, transaction, work);
            }

            if (random.Next(2) == 0)
            {
                transaction.Abort();
                Assert.Equal(rootBefore, store.Root());
            }
            else
            {
                var json = Json(transaction.Commit());
                Assert.Equal(CountChanges(model, work), JsonDocument.Parse(json).RootElement.GetArrayLength());
                recovered.Apply(WriteSet.ReadJson(JsonDocument.Parse(json).RootElement, Tables));
                model = work;
                Assert.Equal(store.Root(), recovered.Root());
            }

            Compare(store, model);
        }

        Assert.True(store.RowCount > 20, "the run left too few rows to mean anything");
        Assert.Equal(store.RowCount, recovered.RowCount);
        Assert.Equal(store.Bytes, recovered.Bytes);
    }

    [Fact]
    public void The_same_writes_in_another_order_give_the_same_bytes()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var rows = new List<(TableSchema Table, object?[] Row)>();
        var keys = new HashSet<string>();
        while (rows.Count < 60)
        {
            var table = Tables[random.Next(Tables.Length)];
            var row = RandomRows.AsStored(RandomRows.Row(random, table), table);
            if (keys.Add(table.Name + Convert.ToHexString(RandomRows.Tuple(KeyOf(table, row)))))
            {
                rows.Add((table, row));
            }
        }

        var texts = new HashSet<string>();
        for (var i = 0; i < 10; i++)
        {
            var transaction = new MissionStore(Tables, StoreLimits.Default).Begin();
            foreach (var (table, row) in rows.OrderBy(_ => random.Next()))
            {
                Assert.Equal(StateStatus.Ok, transaction.Put(Encoding.UTF8.GetBytes(table.Name), RandomRows.Tuple(row)));
            }

            texts.Add(Encoding.UTF8.GetString(Json(transaction.Commit())));
        }

        Assert.Single(texts);
    }

    private static void Step(Random random, Transaction transaction, SortedDictionary<object?[], object?[]>[] work)
    {
        var index = random.Next(Tables.Length);
        var table = Tables[index];
        var name = Encoding.UTF8.GetBytes(table.Name);
        var row = RandomRows.Row(random, table);
        var stored = RandomRows.AsStored(row, table);
        var key = KeyOf(table, stored);
        switch (random.Next(5))
        {
            case 0 or 1:
                Assert.Equal(StateStatus.Ok, transaction.Put(name, RandomRows.Tuple(row)));
                work[index][key] = stored;
                break;
            case 2:
                var status = transaction.Delete(name, RandomRows.Tuple(KeyOf(table, row)));
                Assert.Equal(work[index].Remove(key) ? StateStatus.Ok : StateStatus.NotFound, status);
                break;
            case 3:
                var got = transaction.Get(name, RandomRows.Tuple(KeyOf(table, row)), out var tuple);
                var expected = work[index].GetValueOrDefault(key);
                Assert.Equal(expected is null ? StateStatus.NotFound : StateStatus.Ok, got);
                Assert.Equal(expected is null ? [] : RandomRows.Tuple(expected), tuple.ToArray());
                break;
            default:
                var fields = random.Next(table.Key.Count + 1);
                Assert.Equal(StateStatus.Ok, transaction.Scan(name, RandomRows.Tuple(key.Take(fields)), out var cursor));
                foreach (var (_, wanted) in work[index].Where(r => r.Key.Take(fields).Zip(key).All(p => RandomRows.Same(p.First, p.Second))))
                {
                    Assert.True(cursor!.TryNext(out var found));
                    Assert.Equal(RandomRows.Tuple(wanted), found.ToArray());
                }

                Assert.False(cursor!.TryNext(out _));
                break;
        }
    }

    private static void Compare(MissionStore store, SortedDictionary<object?[], object?[]>[] model)
    {
        var rows = 0L;
        for (var i = 0; i < Tables.Length; i++)
        {
            var actual = store.Rows(Tables[i].Name).ToArray();
            Assert.Equal(model[i].Count, actual.Length);
            foreach (var (expected, view) in model[i].Values.Zip(actual))
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

    private static int CountChanges(SortedDictionary<object?[], object?[]>[] before, SortedDictionary<object?[], object?[]>[] after)
    {
        var changes = 0;
        for (var i = 0; i < before.Length; i++)
        {
            changes += before[i].Keys.Count(k => !after[i].ContainsKey(k));
            changes += after[i].Count(r => !before[i].TryGetValue(r.Key, out var old) || !old.Zip(r.Value).All(p => RandomRows.Same(p.First, p.Second)));
        }

        return changes;
    }

    private static object?[] KeyOf(TableSchema table, object?[] row) =>
        [.. table.Key.Select(k => row[table.Columns.ToList().FindIndex(c => c.Name == k)])];

    private static byte[] Json(WriteSet writes)
    {
        var buffer = new ArrayBufferWriter<byte>();
        writes.WriteJson(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
