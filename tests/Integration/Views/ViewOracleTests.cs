using System.Globalization;
using Npgsql;
using Voxeltron.Cosmictron;
using Voxeltron.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Integration.Views;

/// <summary>
/// Goal: a view equals its SQL at every moment (invariant 6). Method: random schemas, rows, transactions and views; after each
/// transaction Postgres answers the very same SQL over the very same rows, and the summed deltas are the difference.
/// </summary>
public sealed class ViewOracleTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Transactions = 12;
    private const int Views = 4;

    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await (await PostgresServer.SharedAsync()).CreateEmptyDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    /// <summary>How many, and from which seed on, says the environment: <c>scripts/oracle</c> asks for thousands.</summary>
    [Fact]
    public async Task A_view_is_what_Postgres_answers_after_every_transaction()
    {
        var first = Number("VOXELTRON_ORACLE_SEED") ?? Environment.TickCount;
        var seeds = Number("VOXELTRON_ORACLE_SEEDS") ?? 150;
        output.WriteLine($"seeds {first} to {first + seeds - 1}");
        var (views, rows) = (0, 0L);
        for (var seed = first; seed < first + seeds; seed++)
        {
            var run = new Run(seed, _database.ConnectionString("postgres"));
            await run.AllAsync();
            views += run.ViewsSeen;
            rows += run.RowsCompared;
        }

        output.WriteLine($"{views} views, {rows} rows compared");
        Assert.True(views > seeds * Views / 2 && rows > seeds, $"{views} views and {rows} rows: too little was compared");
    }

    /// <summary>Division by zero and what is out of range: the view is refused where Postgres raises an error, and there alone.</summary>
    [Fact]
    public async Task A_row_without_a_value_is_a_fault_exactly_where_Postgres_raises_one()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        long[] wholes = [0, 1, -1, 2, 7, long.MaxValue, long.MinValue, long.MaxValue / 2, -long.MaxValue, 4_611_686_018_427_387_904];
        double[] floats = [0, -0.0, 1, -2.5, 1e200, -1e200, 1e-200, double.MaxValue, double.Epsilon, double.NaN, double.PositiveInfinity, 9.2233720368547748e18, 9.2233720368547758e18, 0.5, 1.5, -0.5];
        string[] expressions =
        [
            "a + b", "a - b", "a * b", "a / b", "a % b", "-a", "abs(a)", "f + g", "f - g", "f * g", "f / g", "cast(f as bigint)", "cast(a as double precision) * g", "cast(a as numeric(20,1))",
            "cast(a as numeric(5,1))", "round(cast(a as numeric(20,0)) / cast(b as numeric(20,0)), 3)", "case when b = 0 then 0 else a / b end", "coalesce(nullif(b, 0), 1)",
        ];
        TableSchema[] tables = [new("t", [new("id", ColumnType.Int64), new("a", ColumnType.Int64), new("b", ColumnType.Int64), new("f", ColumnType.Float64), new("g", ColumnType.Float64)], ["id"])];
        await using var connection = new NpgsqlConnection(_database.ConnectionString("postgres"));
        await connection.OpenAsync();
        await ExecuteAsync(connection, "create temp table t (id bigint primary key, a bigint, b bigint, f double precision, g double precision)");
        var (faults, values) = (0, 0);
        foreach (var expression in expressions)
        {
            var sql = $"select id, {expression} as x from t";
            var store = new MissionStore(tables, StoreLimits.Default);
            var circuit = new Circuit(store.Tables, [("v", Binder.Read(sql, tables))], new CircuitLimits(long.MaxValue, int.MaxValue));
            Assert.Null(circuit.Load());
            for (var id = 0L; id < 60; id++)
            {
                object?[] row = [id, wholes[random.Next(wholes.Length)], wholes[random.Next(wholes.Length)], floats[random.Next(floats.Length)], floats[random.Next(floats.Length)]];
                var transaction = store.Begin();
                transaction.Put("t"u8, TableSql.Tuple(tables[0].Columns.Zip(row)));
                transaction.Commit();
                var fault = circuit.Step(store.LastChanges);
                await ExecuteAsync(connection, "truncate t; " + TableSql.PutSql(tables[0], row));
                string? expected = null;
                try
                {
                    expected = Assert.Single(await Canonical.RowsAsync(connection, sql));
                }
                catch (PostgresException refused) when (refused.SqlState.StartsWith("22", StringComparison.Ordinal))
                {
                    faults++;
                }

                var told = $"{expression} of {string.Join(", ", row)}: {fault?.ToString() ?? "no fault"}, Postgres {expected ?? "raises an error"}";
                Assert.True(fault is null == expected is not null, told);
                if (expected is not null)
                {
                    values++;
                    Assert.True(Canonical.Rows(circuit["v"]).Contains(expected), told);
                }
            }
        }

        output.WriteLine($"{faults} faults, {values} values");
        Assert.True(faults > 50 && values > 200);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    internal static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private sealed class Run(int seed, string connectionString)
    {
        private readonly Random _random = new(seed);

        public int ViewsSeen { get; private set; }

        public long RowsCompared { get; private set; }

        public async Task AllAsync()
        {
            var schema = new RandomSchema(_random);
            var generator = new RandomView(_random, schema.Tables);
            var sqls = Enumerable.Range(0, Views).Select(_ => generator.Sql()).ToList();
            await using var oracle = await ViewOracle.CreateAsync(connectionString, $"seed {seed}", schema.Tables, sqls);
            var loadAt = _random.Next(4);
            for (var round = 0; round < Transactions; round++)
            {
                var writes = Enumerable.Range(0, _random.Next(1, 8)).Select(_ => Write(schema)).ToList();
                await oracle.CommitAsync(writes, load: round >= loadAt);
            }

            ViewsSeen += sqls.Count;
            RowsCompared += oracle.RowsCompared;
        }

        private RowWrite Write(RandomSchema schema)
        {
            var table = schema.Tables[_random.Next(schema.Tables.Count)];
            var row = schema.Row(table);
            return new RowWrite(table, row, Delete: _random.Next(4) == 0);
        }
    }
}
