using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>The two ways entries reach <c>journal.entry</c>. Both write the same rows; a test compares them.</summary>
internal static class EntryStatements
{
    private const string ColumnList = "tenant_id, stream_id, seq, epoch, time, kind, actor, body, payload, payload_salt, chain";

    private const string InsertSql = $"""
        insert into journal.entry ({ColumnList})
        select * from unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::bytea[], $11::bytea[])
        """;

    private const string CopySql = $"copy journal.entry ({ColumnList}) from stdin (format binary)";

    public static NpgsqlBatchCommand Insert(IReadOnlyList<Entry> entries)
    {
        var command = new NpgsqlBatchCommand(InsertSql);
        var columns = new Columns(command.Parameters, entries.Count);
        columns.Add(NpgsqlDbType.Text, entries, static e => e.Header.Tenant.Value);
        columns.Add(NpgsqlDbType.Uuid, entries, static e => e.Header.Stream.Value);
        columns.Add(NpgsqlDbType.Bigint, entries, static e => e.Header.Seq);
        columns.Add(NpgsqlDbType.Bigint, entries, static e => e.Header.Epoch);
        columns.Add(NpgsqlDbType.TimestampTz, entries, static e => UnixTime.ToDateTime(e.Header.TimeUs));
        columns.Add(NpgsqlDbType.Text, entries, static e => e.Header.Kind);
        columns.Add(NpgsqlDbType.Text, entries, static e => e.Header.Actor);
        columns.Add(NpgsqlDbType.Text, entries, static e => e.Body.Utf8);
        columns.Add(NpgsqlDbType.Bytea, entries, static e => e.Payload);
        columns.Add(NpgsqlDbType.Bytea, entries, static e => e.PayloadSalt);
        columns.Add(NpgsqlDbType.Bytea, entries, static e => e.Chain);
        return command;
    }

    /// <param name="copy">The connection's own, used again for each commit.</param>
    public static Task CopyAsync(EntryCopy copy, NpgsqlConnection connection, IReadOnlyList<Entry> entries, CancellationToken cancel) =>
        copy.SendAsync(connection, CopySql, entries, cancel);
}
