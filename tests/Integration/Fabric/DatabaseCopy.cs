using System.Security.Cryptography;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>A copy of a fabric's database to do harm to; the fabric's processes must not run.</summary>
internal sealed class DatabaseCopy : IAsyncDisposable
{
    private static readonly SemaphoreSlim s_copying = new(1, 1);
    private readonly ServerSeat _seat;

    private DatabaseCopy(ServerSeat seat, string name) => (_seat, Name) = (seat, name);

    public string Name { get; }

    public static async Task<DatabaseCopy> CreateAsync(RunningFabric fabric)
    {
        var copy = new DatabaseCopy(fabric.Seat, "copy_" + RandomNumberGenerator.GetHexString(10, lowercase: true));
        await s_copying.WaitAsync();
        try
        {
            // A killed process's session may live for a moment longer, and Postgres copies no database in use.
            await fabric.Seat.AdministerAsync("postgres", $"select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '{fabric.Database}'");
            await fabric.Seat.AdministerAsync("postgres", $"create database {copy.Name} template {fabric.Database}");
        }
        finally
        {
            s_copying.Release();
        }

        return copy;
    }

    public async ValueTask DisposeAsync() => await _seat.AdministerAsync("postgres", $"drop database if exists {Name} with (force)");
}
