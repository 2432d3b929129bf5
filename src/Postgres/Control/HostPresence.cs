using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>
/// Two advisory locks, each of a session of its own, that say this process lives. Sessions end with the process, however that
/// ends, so others see within milliseconds that both locks are gone; one session alone may be lost for other reasons, and is
/// opened again. Renew loop: <see cref="EnsureAsync"/>, then the row.
/// </summary>
public sealed class HostPresence(FabricDataSource source, HostId host) : IAsyncDisposable
{
    /// <summary>First keys of the locks; the second is the host's own in both.</summary>
    public const int LockClass = 7707;
    public const int SecondLockClass = 7708;

    private static readonly int[] s_classes = [LockClass, SecondLockClass];

    private readonly int _lockKey = HostRegistration.LockKeyOf(host);
    private readonly NpgsqlConnection?[] _sessions = new NpgsqlConnection?[s_classes.Length];

    /// <summary>
    /// Takes the locks, or makes sure they are still held; after a lost session takes its lock again. Throws <see cref="NpgsqlException"/> while Postgres is away.
    /// </summary>
    /// <returns>False when another session holds one: either this host's old session that the server has not noticed losing, or a clash of keys.</returns>
    public async Task<bool> EnsureAsync(CancellationToken ct)
    {
        var held = true;
        for (var i = 0; i < s_classes.Length; i++)
        {
            if (_sessions[i] is not { } session || !await StillThereAsync(session, ct))
            {
                await DropAsync(i);
                held &= await TryTakeAsync(i, ct);
            }
        }

        return held;
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < s_classes.Length; i++)
        {
            await DropAsync(i);
        }
    }

    private async Task<bool> TryTakeAsync(int index, CancellationToken ct)
    {
        var connection = await source.OpenDedicatedAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1, $2)", connection);
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = s_classes[index] });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = _lockKey });
            if ((bool)(await command.ExecuteScalarAsync(ct))!)
            {
                _sessions[index] = connection;
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

    private async ValueTask DropAsync(int index)
    {
        var connection = _sessions[index];
        _sessions[index] = null;
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }
}
