using System.Collections.Concurrent;
using Npgsql;

namespace Voxeltron.Postgres;

/// <summary>
/// One database role's pooled connections. A process holds one per role it has, and no long-lived process holds the owner's.
/// LISTEN and session advisory locks need a connection of their own: see <see cref="OpenDedicatedAsync"/>.
/// </summary>
/// <remarks>
/// Idle connections are handed out in turn, so all that were ever opened stay in use, and each server process prepares every
/// statement and maps every page for itself. Few connections used often are the fast ones (measured at 50 boots at once: the
/// server's CPU per boot fell by a third with four instead of a hundred). What runs in a loop has a <see cref="Lane"/>, whose statements are planned once.
/// </remarks>
public sealed class FabricDataSource : IAsyncDisposable
{
    /// <summary>For a tool with the database to itself.</summary>
    public const int MostConnections = 100;

    /// <summary>For a long-lived process. More would only queue inside the server, which has as many cores as it has.</summary>
    public const int ServiceConnections = 8;

    /// <summary>
    /// Of each connection, in each direction. A commit of fifty streams is 300 KiB: through Npgsql's 8 KiB the server was woken
    /// forty times for it and slept in between; a recovery reads tens of MiB.
    /// </summary>
    private const int BufferBytes = 128 * 1024;

    private const string PlanOnceSql = "set plan_cache_mode = force_generic_plan";

    private readonly NpgsqlDataSource _pool;
    private readonly NpgsqlDataSource _dedicated;
    private readonly ConcurrentDictionary<string, FabricDataSource> _lanes = new();
    private readonly string _connectionString;
    private readonly string _applicationName;

    /// <param name="connectionString">Of one role.</param>
    /// <param name="applicationName">What the server shows of these connections.</param>
    /// <param name="connections">Most pooled connections; who finds all busy waits, for 5 s at most. Nobody may hold one while asking for another.</param>
    public FabricDataSource(string connectionString, string applicationName, int connections = MostConnections)
        : this(connectionString, applicationName, connections, plansOnce: false)
    {
    }

    private FabricDataSource(string connectionString, string applicationName, int connections, bool plansOnce)
    {
        _connectionString = connectionString;
        _applicationName = applicationName;
        _pool = Build(connectionString, applicationName, connections, pooling: true, plansOnce);
        _dedicated = Build(connectionString, applicationName + "-session", connections, pooling: false, plansOnce: false);
    }

    /// <summary>A pooled connection; dispose it to give it back.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancel = default) => _pool.OpenConnectionAsync(cancel);

    /// <summary>One pooled connection for one loop, always the same and always warm. Disposed with this.</summary>
    public FabricDataSource Lane(string purpose) =>
        _lanes.GetOrAdd(purpose, static (purpose, own) => new FabricDataSource(own._connectionString, $"{own._applicationName}-{purpose}", connections: 1, plansOnce: true), this);

    /// <summary>
    /// The server was lost: closes every idle connection, those of lanes too, or each would fail somebody once. Npgsql does it for
    /// the pool a broken connection belongs to, and knows nothing of the others.
    /// </summary>
    public void ForgetIdle()
    {
        _pool.Clear();
        foreach (var lane in _lanes.Values)
        {
            lane.ForgetIdle();
        }
    }

    /// <summary>An unpooled connection whose session state (LISTEN, advisory locks) dies with it and leaks into nobody's pool.</summary>
    public ValueTask<NpgsqlConnection> OpenDedicatedAsync(CancellationToken cancel = default) => _dedicated.OpenConnectionAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes.Values)
        {
            await lane.DisposeAsync();
        }

        await _pool.DisposeAsync();
        await _dedicated.DisposeAsync();
    }

    /// <summary>
    /// Plans of prepared statements are made once in this session. The server would make one for each call where it guesses that
    /// fewer rows come than it thinks usual, 0.3 to 0.5 ms each time; every statement of a loop goes by keys, and has one plan.
    /// </summary>
    /// <remarks>PostgreSQL, "plan_cache_mode".</remarks>
    internal static async Task PlanOnceAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(PlanOnceSql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static void PlanOnce(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(PlanOnceSql, connection);
        command.ExecuteNonQuery();
    }

    private static NpgsqlDataSource Build(string connectionString, string applicationName, int connections, bool pooling, bool plansOnce)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = applicationName,
            Pooling = pooling,
            MaxPoolSize = connections,
            // The hot statements are few; preparing them halves their cost and changes no plan we rely on.
            MaxAutoPrepare = pooling ? 64 : 0,
            AutoPrepareMinUsages = 2,
            Timeout = 5,
            // Pooled sessions carry no state worth resetting: LISTEN and session locks live on dedicated ones, settings are `set local`.
            NoResetOnClose = pooling,
            WriteBufferSize = BufferBytes,
            ReadBufferSize = BufferBytes,
        };
        var source = new NpgsqlDataSourceBuilder(builder.ConnectionString);
        if (plansOnce)
        {
            source.UsePhysicalConnectionInitializer(PlanOnce, static connection => PlanOnceAsync(connection, CancellationToken.None));
        }

        return source.Build();
    }
}
