using Voxeltron.Execution;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

/// <summary>
/// Where a command reads the log: an export file, and then nothing else is opened, no socket above all; or the fabric's
/// database, with the auditor's role.
/// </summary>
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

    /// <summary>The export, when the log is read from one.</summary>
    public LogExportReader? Export => Reader as LogExportReader;

    /// <summary>One entry; null when there is none.</summary>
    public async Task<Entry?> EntryAsync(TenantId tenant, MissionId mission, long seq, CancellationToken cancel)
    {
        await foreach (var entry in Mission(tenant, mission, seq - 1, cancel))
        {
            return entry.Header.Seq == seq ? entry : null;
        }

        return null;
    }

    /// <summary>The mission's entries after that seq.</summary>
    public IAsyncEnumerable<Entry> Mission(TenantId tenant, MissionId mission, long after, CancellationToken cancel) => Reader is LogReader reader
        ? reader.EntriesAsync(tenant, StreamId.Of(mission), after, cancel)
        : throw new InvariantException("Only the database is read from a seq on.");

    /// <summary>The newest snapshot that counts and lies before that seq, its bytes compared with its root; null when there is none.</summary>
    /// <exception cref="VoxeltronException"><c>snapshot_refused</c>: there is one and it is damaged.</exception>
    public async Task<SnapshotReader?> SnapshotAsync(TenantId tenant, MissionId mission, long before, CancellationToken cancel)
    {
        if (_database is null)
        {
            throw Arguments.Usage("--from-snapshot reads the database; an export has no snapshots.");
        }

        var snapshots = new SnapshotQueries(_database);
        var good = await snapshots.GoodAsync(new StreamRef(tenant, StreamId.Of(mission)), before, cancel);
        return good is not [var newest, ..] ? null : MissionSnapshot.Open(SnapshotCodec.Unpack(await snapshots.ReadAsync(newest, cancel), newest.Size), newest.Root);
    }

    /// <param name="export">Path of an export file; null for the database.</param>
    public static async Task<LogSource> OpenAsync(string? export, CancellationToken cancel)
    {
        if (export is not null)
        {
            var file = await LogExportReader.OpenAsync(OpenFile(export), cancel);
            return new LogSource(file, file, null);
        }

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

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.RandomAccess });
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new VoxeltronException("export_unreadable", $"Cannot read {path}: {fault.Message}", fault);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _opened.DisposeAsync();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }
}
