using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>
/// The advisory lock that says this process lives. Its session ends with the process, however that ends, so others see within
/// milliseconds that the lock is gone. Renew loop: <see cref="EnsureAsync"/>, then the row.
/// </summary>
public sealed class HostPresence(FabricDataSource source, HostId host) : IAsyncDisposable
{
    /// <summary>First key of the lock; the second is the host's own.</summary>
    public const int LockClass = 7707;

    private readonly int _lockKey = HostRegistration.LockKeyOf(host);
    private NpgsqlConnection? _connection;

    /// <summary>
    /// Takes the lock, or makes sure it is still held; after a lost session takes it again. Throws <see cref="NpgsqlException"/> while Postgres is away.
    /// </summary>
    /// <returns>False when another session holds it: either this host's old session that the server has not noticed losing, or a clash of keys.</returns>
    public async Task<bool> EnsureAsync(CancellationToken ct)
    {
        if (_connection is not null && await StillThereAsync(_connection, ct))
        {
            return true;
        }

        await DropAsync();
        var connection = await source.OpenDedicatedAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1, $2)", connection);
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = LockClass });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = _lockKey });
            if ((bool)(await command.ExecuteScalarAsync(ct))!)
            {
                _connection = connection;
                return true;
            }
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return false;
    }

    public ValueTask DisposeAsync() => DropAsync();

    private static async Task<bool> StillThereAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        try
        {
            await using var command = new NpgsqlCommand("select 1", connection);
            await command.ExecuteScalarAsync(ct);
            return true;
        }
        catch (Exception fault) when (fault is NpgsqlException or InvalidOperationException)
        {
            return false;
        }
    }

    private async ValueTask DropAsync()
    {
        var connection = _connection;
        _connection = null;
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }
}
