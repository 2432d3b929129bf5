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

    public static async Task CopyAsync(NpgsqlConnection connection, IReadOnlyList<Entry> entries, CancellationToken cancel)
    {
        await using var writer = await connection.BeginBinaryImportAsync(CopySql, cancel);
        foreach (var entry in entries)
        {
            var header = entry.Header;
            await writer.StartRowAsync(cancel);
            await writer.WriteAsync(header.Tenant.Value, NpgsqlDbType.Text, cancel);
            await writer.WriteAsync(header.Stream.Value, NpgsqlDbType.Uuid, cancel);
            await writer.WriteAsync(header.Seq, NpgsqlDbType.Bigint, cancel);
            await writer.WriteAsync(header.Epoch, NpgsqlDbType.Bigint, cancel);
            await writer.WriteAsync(UnixTime.ToDateTime(header.TimeUs), NpgsqlDbType.TimestampTz, cancel);
            await writer.WriteAsync(header.Kind, NpgsqlDbType.Text, cancel);
            await writer.WriteAsync(header.Actor, NpgsqlDbType.Text, cancel);
            await writer.WriteAsync(entry.Body.Utf8, NpgsqlDbType.Text, cancel);
            await WriteBytesAsync(writer, entry.Payload, cancel);
            await WriteBytesAsync(writer, entry.PayloadSalt, cancel);
            await writer.WriteAsync(entry.Chain, NpgsqlDbType.Bytea, cancel);
        }

        await writer.CompleteAsync(cancel);
    }

    private static Task WriteBytesAsync(NpgsqlBinaryImporter writer, byte[]? value, CancellationToken cancel) =>
        value is null ? writer.WriteNullAsync(cancel) : writer.WriteAsync(value, NpgsqlDbType.Bytea, cancel);
}
