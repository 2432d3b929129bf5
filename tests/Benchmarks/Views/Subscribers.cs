using System.Globalization;
using Voxeltron.Cosmictron;

namespace Voxeltron.Benchmarks;

/// <summary>
/// One view with so many cursors, each on a group of its own, and transactions that change one row in each of the first ten
/// groups: every transaction is committed, and all ten are told and read it.
/// </summary>
internal sealed class Subscribers
{
    public const int Matching = 10;

    private const string View = "entries";

    private static readonly TableSchema[] s_tables = [new("entry", [new("id", ColumnType.Int64), new("grp", ColumnType.Text), new("amount", ColumnType.Int64)], ["id"])];

    private readonly MissionStore _store = new(s_tables, StoreLimits.Default);
    private long _seq;
    private long _amount;

    /// <param name="groups">Rows, each in a group of its own.</param>
    /// <param name="cursors">Groups that somebody follows, the first ones.</param>
    public Subscribers(int groups, int cursors)
    {
        _store.Views.Declare([BoundView.Bind(View, "select grp, amount, id from entry", isPublished: false, s_tables)]);
        _store.Views.Load();
        for (var from = 0; from < groups; from += 1_000)
        {
            var load = _store.Begin();
            for (var id = from; id < Math.Min(groups, from + 1_000); id++)
            {
                load.Put("entry"u8, new TupleBuilder().Int64(id).Text(Group(id)).Int64(0).ToArray());
            }

            Commit(load);
        }

        for (var group = 0; group < cursors; group++)
        {
            _store.Views.Follow($"task-{group}", new CellSubscription(group + 1, View, new TupleBuilder().Text(Group(group)).ToArray()), _seq + 1);
        }
    }

    /// <summary>Times of the same transactions with ten cursors and with ten among many, in turn.</summary>
    public static (Distribution Few, Distribution Many) Measure(int many, int warm, int measured)
    {
        const int Block = 100;
        var (few, all) = (new Subscribers(many, Matching), new Subscribers(many, many));
        var times = (Few: new double[measured], Many: new double[measured]);
        for (var from = -warm; from < measured; from += Block)
        {
            few.Run(from, Block, times.Few);
            all.Run(from, Block, times.Many);
        }

        return (new Distribution(times.Few), new Distribution(times.Many));
    }

    private void Run(int from, int count, double[] times)
    {
        for (var i = from; i < from + count; i++)
        {
            var rows = Rows();
            var began = Ticks.Now;
            var told = Transact(rows);
            var ended = Ticks.Now;
            if (told != 2 * Matching)
            {
                throw new InvalidOperationException($"{told} rows were told of {Matching} that were replaced.");
            }

            if (i >= 0)
            {
                times[i] = Ticks.Us(began, ended);
            }
        }
    }

    private byte[][] Rows()
    {
        _amount++;
        return [.. Enumerable.Range(0, Matching).Select(id => new TupleBuilder().Int64(id).Text(Group(id)).Int64(_amount).ToArray())];
    }

    /// <returns>Rows told, to all together.</returns>
    private int Transact(byte[][] rows)
    {
        var transaction = _store.Begin();
        foreach (var row in rows)
        {
            transaction.Put("entry"u8, row);
        }

        Commit(transaction);
        var told = 0;
        while (_store.Views.Cursors.TryTakeReady(out var cursor))
        {
            var delivery = _store.Views.Deliver(cursor, _seq);
            for (; delivery.TryPeek(out _); delivery.Advance())
            {
                told++;
            }

            _store.Views.Cursors.Delivered(cursor, _seq);
        }

        return told;
    }

    private void Commit(Transaction transaction)
    {
        transaction.Commit();
        _store.Views.Committed(++_seq);
    }

    private static string Group(int number) => "g" + number.ToString("D5", CultureInfo.InvariantCulture);
}
