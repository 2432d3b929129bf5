using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Voxeltron.Cosmictron;
using Voxeltron.Hosting;

namespace Voxeltron.Benchmarks;

/// <summary>
/// What five views over 100,000 rows cost a transaction that changes one of them, and what the same five cost Postgres, which
/// computes them anew, in the same run and over the same rows, in this process; then how soon cells and clients hear of a change.
/// </summary>
internal sealed class ViewsBench(BenchFabric fabric, BenchOptions options)
{
    private const int Orders = 100_000;
    private const int Cells = 1_000;
    private const int RowsPerLoad = 5_000;
    private const int ManyCursors = 10_000;

    private static readonly string[] s_states = ["open", "paid", "sent", "lost"];

    private static readonly TableSchema[] s_tables =
    [
        new("orders", [new("id", ColumnType.Int64), new("cell", ColumnType.Int64), new("amount", ColumnType.Int64), new("state", ColumnType.Text)], ["id"]),
        new("cells", [new("id", ColumnType.Int64), new("team", ColumnType.Int64)], ["id"]),
    ];

    private static readonly (string Name, string Sql)[] s_views =
    [
        ("filter_map", "select id, amount * 2 as double from orders where state = 'open' and amount > 9000"),
        ("join", "select o.id, o.amount, c.team from orders o join cells c on o.cell = c.id"),
        ("join_group", "select c.team, count(*) as n, sum(o.amount) as total, min(o.amount) as least, max(o.amount) as most from orders o join cells c on o.cell = c.id group by c.team"),
        ("distinct", "select distinct cell, state from orders"),
        ("top", "select id, state, amount from (select id, state, amount, row_number() over (partition by state order by amount desc, id) as n from orders) x where n <= 10"),
    ];

    private readonly Random _random = new(20261128);

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        var result = new BenchResult();
        var store = Load();
        result.Table.Section("one row changed, µs");
        var each = new JsonObject();
        foreach (var view in s_views)
        {
            var alone = Steps(store, Circuit(store, [view]));
            result.Table.Latency(view.Name, alone);
            each[view.Name] = Figures.Latency(alone);
        }

        // Last, so that their rows are those Postgres is given.
        var began = Ticks.Now;
        var all = Circuit(store, s_views);
        var loadMs = Ticks.Ms(began, Ticks.Now);
        var five = Steps(store, all);
        result.Table.Latency("all five", five);
        var recompute = await RecomputeAsync(store, all, result.Table, cancel);
        var mebibytes = all.ReservedBytes / (1024.0 * 1024);
        result.Table.Value("load, ms", loadMs);
        result.Table.Value("memory of the five, MiB", mebibytes);
        result.Figures["us_per_tx"] = Figures.Latency(five);
        result.Figures["us_per_tx_alone"] = each;
        result.Figures["recompute_ms"] = Figures.Latency(recompute);
        result.Figures["speedup"] = Figures.Number(recompute.P50 * 1_000 / five.P50);
        result.Figures["memory_mib"] = Figures.Number(mebibytes);
        result.Figures["load_ms"] = Figures.Number(loadMs);
        AddSubscribers(result);
        await AddDeltasAsync(result, cancel);
        result.Settings["rows"] = Orders;
        result.Settings["views"] = s_views.Length;
        return result;
    }

    private void AddSubscribers(BenchResult result)
    {
        var (warm, measured) = options.Quick ? (1_000, 5_000) : (5_000, 50_000);
        var (few, many) = Subscribers.Measure(ManyCursors, warm, measured);
        result.Table.Section("ten rows changed, ten cursors told, µs");
        result.Table.Latency("of ten cursors", few);
        result.Table.Latency("of 10,000 cursors", many);
        result.Figures["subscribers"] = new JsonObject
        {
            ["us_per_tx_10"] = Figures.Latency(few),
            ["us_per_tx_10000"] = Figures.Latency(many),
            ["ratio"] = Figures.Number(many.P50 / few.P50),
        };
    }

    private async Task AddDeltasAsync(BenchResult result, CancellationToken cancel)
    {
        var runs = new DeltaRuns(fabric, options);
        var inWorker = await runs.ToCellAsync(cancel);
        var (toHttp, release) = await runs.ToHttpAsync(cancel);
        result.Table.Section("a change told");
        result.Table.Value("to a cell, µs p50, p99, max", ActionFigures.Text(inWorker["delta_us"]!));
        result.Table.Latency("to a client by HTTP, ms", toHttp);
        result.Table.Value("of that until durable, ms p50, p99, max", ActionFigures.Text(release));
        result.Figures["delta_to_cell_us"] = inWorker["delta_us"]!.DeepClone();
        result.Figures["delta_to_http_ms"] = Figures.Latency(toHttp);
        result.Figures["delta_release_ms"] = release;
        result.Settings["cursors"] = ManyCursors;
        result.Settings["to_cell_per_s"] = DeltaRuns.CellPerSecond;
        result.Settings["to_http_per_s"] = DeltaRuns.HttpPerSecond;
        result.Settings["delta_window_s"] = runs.Window.TotalSeconds;
    }

    private MissionStore Load()
    {
        var store = new MissionStore(s_tables, StoreLimits.Default);
        for (var from = 0; from < Orders; from += RowsPerLoad)
        {
            var transaction = store.Begin();
            for (var id = from; id < from + RowsPerLoad; id++)
            {
                Put(transaction, id);
            }

            transaction.Commit();
        }

        var cells = store.Begin();
        for (var id = 0; id < Cells; id++)
        {
            cells.Put("cells"u8, new TupleBuilder().Int64(id).Int64(id % 50).ToArray());
        }

        cells.Commit();
        return store;
    }

    private void Put(Transaction transaction, int id) => transaction.Put(
        "orders"u8, new TupleBuilder().Int64(id).Int64(_random.Next(Cells)).Int64(_random.Next(10_000)).Text(s_states[_random.Next(s_states.Length)]).ToArray());

    private static Circuit Circuit(MissionStore store, IReadOnlyList<(string Name, string Sql)> views)
    {
        var circuit = new Circuit(store.Tables, [.. views.Select(static view => (view.Name, Binder.Read(view.Sql, s_tables)))], new CircuitLimits(long.MaxValue, int.MaxValue));
        return circuit.Load() is { } fault ? throw new InvalidOperationException(fault.ToString()) : circuit;
    }

    /// <summary>The step alone: the transaction's own work is in <c>bench actions</c>.</summary>
    private Distribution Steps(MissionStore store, Circuit circuit)
    {
        var (warm, measured) = options.Quick ? (2_000, 5_000) : (20_000, 100_000);
        var times = new double[measured];
        for (var i = -warm; i < measured; i++)
        {
            var transaction = store.Begin();
            Put(transaction, _random.Next(Orders));
            transaction.Commit();
            var began = Ticks.Now;
            var fault = circuit.Step(store.LastChanges);
            var ended = Ticks.Now;
            if (fault is not null)
            {
                throw new InvalidOperationException(fault.ToString());
            }

            if (i >= 0)
            {
                times[i] = Ticks.Us(began, ended);
            }
        }

        return new Distribution(times);
    }

    private async Task<Distribution> RecomputeAsync(MissionStore store, Circuit all, TextTable table, CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(fabric.State.ConnectionString(FabricRole.Owner));
        await connection.OpenAsync(cancel);
        await ExecuteAsync(connection, """
            create temp table orders (id bigint primary key, cell bigint not null, amount bigint not null, state text collate "C" not null);
            create temp table cells (id bigint primary key, team bigint not null);
            """, cancel);
        await CopyAsync(connection, "copy orders from stdin", store.Rows("orders").Select(static row => $"{row[0]}\t{row[1]}\t{row[2]}\t{row[3]}"), cancel);
        await CopyAsync(connection, "copy cells from stdin", store.Rows("cells").Select(static row => $"{row[0]}\t{row[1]}"), cancel);
        await ExecuteAsync(connection, "create index on orders (cell); create index on orders (state, amount desc, id); analyze orders; analyze cells;", cancel);

        var rounds = options.Quick ? 5 : 15;
        var totals = new double[rounds];
        table.Section("Postgres, the same five computed anew, ms");
        foreach (var (name, sql) in s_views)
        {
            var times = new double[rounds];
            var rows = 0L;
            for (var round = 0; round < rounds; round++)
            {
                var began = Ticks.Now;
                rows = await CountAsync(connection, sql, cancel);
                times[round] = Ticks.Ms(began, Ticks.Now);
                totals[round] += times[round];
            }

            if (rows != all[name].Rows.Count)
            {
                throw new InvalidOperationException($"View '{name}' has {all[name].Rows.Count} rows here and {rows} in Postgres.");
            }

            table.Latency(name, new Distribution(times));
        }

        var total = new Distribution(totals);
        table.Latency("all five", total);
        return total;
    }

    private static async Task CopyAsync(NpgsqlConnection connection, string sql, IEnumerable<string> lines, CancellationToken cancel)
    {
        await using var writer = await connection.BeginTextImportAsync(sql, cancel);
        foreach (var line in lines)
        {
            await writer.WriteAsync(new StringBuilder(line).Append('\n'), cancel);
        }
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = 0L;
        while (await reader.ReadAsync(cancel))
        {
            rows++;
        }

        return rows;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }
}
