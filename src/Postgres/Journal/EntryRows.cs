using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>How a row of <c>journal.entry</c> becomes an <see cref="Entry"/>; shared by the journal and the auditor's reader.</summary>
internal static class EntryRows
{
    /// <summary>$1 tenant, $2 stream, $3 after seq, $4 rows.</summary>
    public const string PageSql = """
        select seq, epoch, time, kind, actor, body, payload, payload_salt, chain
          from journal.entry
         where tenant_id = $1 and stream_id = $2 and seq > $3
         order by seq
         limit $4
        """;

    public static void AddPageParameters(NpgsqlParameterCollection parameters, TenantId tenant, StreamId stream, long afterSeq, int rows)
    {
        parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream.Value });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = afterSeq });
        parameters.Add(new NpgsqlParameter<int> { TypedValue = rows });
    }

    public static Entry Read(NpgsqlDataReader reader, TenantId tenant, StreamId stream)
    {
        var header = new EntryHeader(
            tenant, stream, reader.GetInt64(0), reader.GetInt64(1), UnixTime.FromDateTime(reader.GetDateTime(2)), reader.GetString(3), reader.GetString(4));
        return new Entry(header, new EntryBody(reader.GetFieldValue<byte[]>(5)), BytesOrNull(reader, 6), BytesOrNull(reader, 7), reader.GetFieldValue<byte[]>(8));
    }

    private static byte[]? BytesOrNull(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<byte[]>(column);
}
