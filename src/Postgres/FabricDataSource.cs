using Npgsql;

namespace Voxeltron.Postgres;

/// <summary>
/// One database role's pooled connections. A process holds one per role it has, and no long-lived process holds the owner's.
/// LISTEN and session advisory locks need a connection of their own: see <see cref="OpenDedicatedAsync"/>.
/// </summary>
public sealed class FabricDataSource(string connectionString, string applicationName) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _pool = Build(connectionString, applicationName, pooling: true);
    private readonly NpgsqlDataSource _dedicated = Build(connectionString, applicationName + "-session", pooling: false);

    /// <summary>A pooled connection; dispose it to give it back.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancel = default) => _pool.OpenConnectionAsync(cancel);

    /// <summary>An unpooled connection whose session state (LISTEN, advisory locks) dies with it and leaks into nobody's pool.</summary>
    public ValueTask<NpgsqlConnection> OpenDedicatedAsync(CancellationToken cancel = default) => _dedicated.OpenConnectionAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync();
        await _dedicated.DisposeAsync();
    }

    private static NpgsqlDataSource Build(string connectionString, string applicationName, bool pooling)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = applicationName,
            Pooling = pooling,
            // The hot statements are few; preparing them halves their cost and changes no plan we rely on.
            MaxAutoPrepare = pooling ? 64 : 0,
            AutoPrepareMinUsages = 2,
            Timeout = 5,
            // Pooled sessions carry no state worth resetting: LISTEN and session locks live on dedicated ones, settings are `set local`.
            NoResetOnClose = pooling,
        };
        return new NpgsqlDataSourceBuilder(builder.ConnectionString).Build();
    }
}
