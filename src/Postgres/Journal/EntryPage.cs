using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>One page of a stream, read row by row: a payload may be 16 MiB, so a page is never held whole.</summary>
internal sealed class EntryPage : IAsyncDisposable
{
    private readonly TenantId _tenant;
    private readonly StreamId _stream;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _command;
    private NpgsqlDataReader? _reader;

    private EntryPage(NpgsqlConnection connection, TenantId tenant, StreamId stream)
    {
        _connection = connection;
        _tenant = tenant;
        _stream = stream;
        _command = new NpgsqlCommand(EntryRows.PageSql, connection);
    }

    public static async Task<EntryPage> OpenAsync(FabricDataSource source, TenantId tenant, StreamId stream, long afterSeq, int rows, CancellationToken cancel)
    {
        EntryPage? page = null;
        try
        {
            page = new EntryPage(await source.OpenAsync(cancel), tenant, stream);
            EntryRows.AddPageParameters(page._command.Parameters, tenant, stream, afterSeq, rows);
            page._reader = await page._command.ExecuteReaderAsync(cancel);
            return page;
        }
        catch (Exception fault)
        {
            if (page is not null)
            {
                await page.DisposeAsync();
            }

            if (JournalFault.IsUnavailable(fault))
            {
                throw JournalFault.Unavailable($"reading {tenant}/{stream} after {afterSeq}", indeterminate: false, fault);
            }

            throw;
        }
    }

    /// <returns>Null at the end of the page.</returns>
    public async Task<Entry?> ReadAsync(CancellationToken cancel)
    {
        try
        {
            return await _reader!.ReadAsync(cancel) ? EntryRows.Read(_reader, _tenant, _stream) : null;
        }
        catch (Exception fault) when (JournalFault.IsUnavailable(fault))
        {
            throw JournalFault.Unavailable($"reading {_tenant}/{_stream}", indeterminate: false, fault);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_reader is not null)
        {
            await _reader.DisposeAsync();
        }

        await _command.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
