using System.Data;
using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>What a view shows at one moment, row by row: all come from one snapshot of the database, and so does <see cref="Seq"/>.</summary>
public sealed class ViewSnapshot : IAsyncDisposable
{
    private const string StateSql =
        """
        select v.published, v.columns::text,
               greatest(v.base_seq, (
                   select max(d.seq)
                   from control.view_delta d
                   where d.tenant_id = v.tenant_id and d.mission_id = v.mission_id and d.view = v.view))
        from control.view v
        where v.tenant_id = $1 and v.mission_id = $2 and v.view = $3
        """;

    // Equal keys have equal rows: any of them will do.
    private const string RowsSql =
        """
        select min(c.row_value::text collate "C"), sum(c.weight)::bigint
        from (
            select row_key, row_value, weight
            from control.view_row
            where tenant_id = $1 and mission_id = $2 and view = $3
            union all
            select row_key, row_value, weight
            from control.view_delta
            where tenant_id = $1 and mission_id = $2 and view = $3
        ) c
        group by c.row_key
        having sum(c.weight) <> 0
        order by c.row_key
        """;

    private readonly NpgsqlConnection _connection;
    private NpgsqlTransaction? _transaction;
    private NpgsqlBatch? _batch;
    private NpgsqlDataReader? _reader;
    private bool _ended;

    private ViewSnapshot(NpgsqlConnection connection) => _connection = connection;

    public bool Published { get; private set; }

    public string ColumnsJson { get; private set; } = "[]";

    /// <summary>The last entry the rows are of: what comes after it is a change to them.</summary>
    public long Seq { get; private set; }

    /// <summary>The row read last: UTF-8, on one line.</summary>
    public byte[] Json { get; private set; } = [];

    /// <summary>How often it is there.</summary>
    public long Count { get; private set; }

    internal static async Task<ViewSnapshot?> OpenAsync(FabricDataSource source, TenantId tenant, MissionId mission, string view, CancellationToken cancel)
    {
        var snapshot = new ViewSnapshot(await source.OpenAsync(cancel));
        try
        {
            if (await snapshot.BeginAsync(tenant, mission, view, cancel))
            {
                return snapshot;
            }
        }
        catch
        {
            await snapshot.DisposeAsync();
            throw;
        }

        await snapshot.DisposeAsync();
        return null;
    }

    /// <summary>Goes to the next row, in order of keys; false after the last.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancel)
    {
        _ended = !await _reader!.ReadAsync(cancel);
        if (_ended)
        {
            return false;
        }

        Json = _reader.GetFieldValue<byte[]>(0);
        Count = _reader.GetInt64(1);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_reader is not null)
            {
                if (!_ended)
                {
                    // Whoever closes a reader reads it to its end: of a view that nobody wants any more the server is told.
                    _batch!.Cancel();
                }

                await _reader.DisposeAsync();
            }

            if (_batch is not null)
            {
                await _batch.DisposeAsync();
            }

            if (_transaction is not null)
            {
                await _transaction.DisposeAsync();
            }
        }
        finally
        {
            await _connection.DisposeAsync();
        }
    }

    private async Task<bool> BeginAsync(TenantId tenant, MissionId mission, string view, CancellationToken cancel)
    {
        _transaction = await _connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
        _batch = new NpgsqlBatch(_connection, _transaction);
        foreach (var sql in new[] { StateSql, RowsSql })
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = mission.Value });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = view });
            _batch.BatchCommands.Add(command);
        }

        _reader = await _batch.ExecuteReaderAsync(cancel);
        if (!await _reader.ReadAsync(cancel))
        {
            return false;
        }

        Published = _reader.GetBoolean(0);
        ColumnsJson = _reader.GetString(1);
        Seq = _reader.GetInt64(2);
        await _reader.NextResultAsync(cancel);
        return true;
    }
}
