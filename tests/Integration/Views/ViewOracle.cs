using Npgsql;
using Voxeltron.Cosmictron;
using Xunit;

namespace Voxeltron.Tests.Integration.Views;

/// <summary>A row to put, or to delete by its key.</summary>
internal sealed record RowWrite(TableSchema Table, object?[] Row, bool Delete);

/// <summary>
/// The same tables twice: in a mission's store, with a circuit of views over them, and in Postgres. After each transaction every
/// view must be what Postgres answers to its SQL, and its delta the difference from what it was before.
/// </summary>
internal sealed class ViewOracle : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    /// <summary>How to run it again; begins every failure.</summary>
    private readonly string _run;

    private readonly IReadOnlyList<string> _sqls;
    private readonly List<(string, Plan)> _plans;
    private readonly MissionStore _store;

    /// <summary>Null until the views are loaded.</summary>
    private Circuit? _circuit;

    private int _transaction;

    private ViewOracle(NpgsqlConnection connection, string run, IReadOnlyList<TableSchema> tables, IReadOnlyList<string> sqls)
    {
        _connection = connection;
        _run = run;
        _sqls = sqls;
        _plans = [.. sqls.Select((sql, i) => ($"v{i}", Read(sql, tables)))];
        _store = new MissionStore(tables, StoreLimits.Default);
        (Given, Taken) = (new long[sqls.Count], new long[sqls.Count]);
    }

    public long RowsCompared { get; private set; }

    /// <summary>Rows that the deltas brought, and those they took back, by view.</summary>
    public long[] Given { get; }

    public long[] Taken { get; }

    public static async Task<ViewOracle> CreateAsync(string connectionString, string run, IReadOnlyList<TableSchema> tables, IReadOnlyList<string> sqls)
    {
        var oracle = new ViewOracle(new NpgsqlConnection(connectionString), run, tables, sqls);
        await oracle._connection.OpenAsync();
        await oracle.ExecuteAsync("set timezone to 'UTC'; set synchronous_commit to off;\n" + TableSql.CreateSql(tables));
        return oracle;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>One transaction on both sides, and the comparison.</summary>
    /// <param name="load">Views that do not follow yet are loaded after it.</param>
    public async Task CommitAsync(IReadOnlyList<RowWrite> writes, bool load)
    {
        var transaction = _store.Begin();
        foreach (var (table, row, delete) in writes)
        {
            var name = System.Text.Encoding.ASCII.GetBytes(table.Name);
            if (delete)
            {
                transaction.Delete(name, TableSql.Tuple(table.Key.Select(column => (table.Columns[table.ColumnOf(column)], row[table.ColumnOf(column)]))));
            }
            else
            {
                Assert.Equal(StateStatus.Ok, transaction.Put(name, TableSql.Tuple(table.Columns.Zip(row))));
            }
        }

        transaction.Commit();
        var written = string.Join('\n', writes.Select(static write => write.Delete ? TableSql.DeleteSql(write.Table, write.Row) : TableSql.PutSql(write.Table, write.Row)));
        await ExecuteAsync(written);
        var before = _circuit?.Views.Select(static view => Canonical.Rows(view.Output)).ToList();
        if (_circuit is not null)
        {
            AssertNone(_circuit.Step(_store.LastChanges));
        }
        else if (load)
        {
            _circuit = new Circuit(_store.Tables, _plans, new CircuitLimits(long.MaxValue, int.MaxValue));
            AssertNone(_circuit.Load());
        }

        for (var i = 0; _circuit is not null && i < _sqls.Count; i++)
        {
            await CompareAsync(i, _circuit.Views[i].Output, before?[i], written);
        }

        _transaction++;
    }

    private async Task CompareAsync(int number, ViewOutput view, List<string>? before, string written)
    {
        var sql = _sqls[number];
        var expected = await Canonical.RowsAsync(_connection, sql);
        var actual = Canonical.Rows(view);
        string Report() =>
            $"{_run}, transaction {_transaction}\n{sql}\n{view.Plan.Explain()}\nPostgres only: {string.Join("  ", expected.Except(actual).Take(5))}\nview only: {string.Join("  ", actual.Except(expected).Take(5))}\n({expected.Count} and {actual.Count} rows)\n{written}";

        if (!expected.SequenceEqual(actual))
        {
            Assert.Fail(Report());
        }

        RowsCompared += actual.Count;
        if (before is null)
        {
            return;
        }

        if (Difference(before, actual, view.Delta, view) is { } wrong)
        {
            Assert.Fail($"{wrong}\n{Report()}");
        }

        for (var i = 0; i < view.Delta.Count; i++)
        {
            var weight = view.Delta.Weight(i);
            (weight > 0 ? Given : Taken)[number] += Math.Abs(weight);
        }
    }

    /// <summary>What is wrong with a delta; null: nothing.</summary>
    private static string? Difference(List<string> before, List<string> after, Batch delta, ViewOutput view)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        before.ForEach(row => counts[row] = counts.GetValueOrDefault(row) + 1);
        for (var i = 0; i < delta.Count; i++)
        {
            var row = Canonical.Row(view, delta.Row(i));
            if (delta.Weight(i) == 0 || (i > 0 && delta.Row(i - 1).SequenceCompareTo(delta.Row(i)) >= 0))
            {
                return "the delta is not in order";
            }

            counts[row] = counts.GetValueOrDefault(row) + delta.Weight(i);
        }

        after.ForEach(row => counts[row] = counts.GetValueOrDefault(row) - 1);
        return counts.Values.All(static count => count == 0) ? null : "the delta is not the difference";
    }

    private Plan Read(string sql, IReadOnlyList<TableSchema> tables)
    {
        try
        {
            return Binder.Read(sql, tables);
        }
        catch (ViewSqlException refused)
        {
            throw new InvalidOperationException($"{_run}: {refused.Message}\n{sql}", refused);
        }
    }

    private void AssertNone(CircuitFault? fault) => Assert.True(fault is null, $"{_run}: {fault}\n{string.Join('\n', _sqls)}");

    private async Task ExecuteAsync(string sql)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, _connection);
            await command.ExecuteNonQueryAsync();
        }
        catch (PostgresException refused)
        {
            throw new InvalidOperationException($"{_run}: {refused.MessageText}\n{sql}", refused);
        }
    }
}
