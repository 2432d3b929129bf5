using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

/// <summary>Where a command reads the log: the fabric's database, with the auditor's role.</summary>
internal sealed class LogSource : IAsyncDisposable
{
    private readonly FabricDataSource? _database;
    private readonly IAsyncDisposable _opened;

    private LogSource(ILogReader reader, IAsyncDisposable opened, FabricDataSource? database)
    {
        Reader = reader;
        _opened = opened;
        _database = database;
    }

    public ILogReader Reader { get; }

    public static async Task<LogSource> OpenAsync(CancellationToken cancel)
    {
        var database = new FabricDataSource(FabricState.OpenFromEnvironment().ConnectionString(FabricRole.Auditor), "voxeltron-replay");
        try
        {
            var reader = await LogReader.OpenAsync(database, cancel);
            return new LogSource(reader, reader, database);
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    public IAsyncEnumerable<Entry> Mission(TenantId tenant, MissionId mission, CancellationToken cancel) =>
        Reader.Entries(tenant, StreamId.Of(mission), cancel);

    public async ValueTask DisposeAsync()
    {
        await _opened.DisposeAsync();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }
}
