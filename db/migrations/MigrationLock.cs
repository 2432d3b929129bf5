using Npgsql;

namespace Voxeltron.Migrations;

/// <summary>
/// One migrator at a time per database, by a session advisory lock on a connection of its own. Polled, never waited for in
/// Postgres: a session blocked in pg_advisory_lock holds a snapshot, and CREATE INDEX CONCURRENTLY waits for snapshots.
/// </summary>
internal sealed class MigrationLock : IAsyncDisposable
{
    // The two keys only have to differ from other locks of this database; hosts use class 7707.
    private const string TrySql = "select pg_try_advisory_lock(7706, 1)";
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(50);

    private readonly NpgsqlConnection _connection;

    private MigrationLock(NpgsqlConnection connection) => _connection = connection;

    public static async Task<MigrationLock> AcquireAsync(string connectionString, TimeProvider clock, CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(connectionString);
        try
        {
            await connection.OpenAsync(cancel);
            using var poll = new PeriodicTimer(s_pollInterval, clock);
            await using var command = new NpgsqlCommand(TrySql, connection);
            while (!(bool)(await command.ExecuteScalarAsync(cancel))!)
            {
                await poll.WaitForNextTickAsync(cancel);
            }

            return new MigrationLock(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    // Not pooled, so closing ends the session and with it the lock.
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
