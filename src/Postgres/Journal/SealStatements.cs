using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Seals of every stream in the batch, and the commit row itself.</summary>
internal static class SealStatements
{
    private const string SealSql = """
        insert into journal.seal (tenant_id, stream_id, first_seq, last_seq, entry_count, role, signer, host_id, commit_number, root, signature)
        select * from unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::int[], $6::text[], $7::text[], $8::uuid[], $9::bigint[], $10::bytea[], $11::bytea[])
        """;

    private const string CommitSql = """
        insert into journal.commit (host_id, number, time, stream_count, entry_count, root, previous, signer, signature)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

    public static void Add(NpgsqlBatch commands, CommitSeals sealing)
    {
        if (sealing.Seals.Count > 0)
        {
            commands.BatchCommands.Add(Seals(sealing.Seals));
        }

        commands.BatchCommands.Add(Commit(sealing.Commit));
    }

    private static NpgsqlBatchCommand Seals(IReadOnlyList<SealRow> seals)
    {
        var command = new NpgsqlBatchCommand(SealSql);
        var columns = new Columns(command.Parameters, seals.Count);
        columns.Add(NpgsqlDbType.Text, seals, static s => s.Tenant.Value);
        columns.Add(NpgsqlDbType.Uuid, seals, static s => s.Stream.Value);
        columns.Add(NpgsqlDbType.Bigint, seals, static s => s.FirstSeq);
        columns.Add(NpgsqlDbType.Bigint, seals, static s => s.LastSeq);
        columns.Add(NpgsqlDbType.Integer, seals, static s => s.EntryCount);
        columns.Add(NpgsqlDbType.Text, seals, static s => s.Role);
        columns.Add(NpgsqlDbType.Text, seals, static s => s.Signer.Value);
        columns.Add(NpgsqlDbType.Uuid, seals, static s => s.Host.Value);
        columns.Add(NpgsqlDbType.Bigint, seals, static s => s.CommitNumber);
        columns.Add(NpgsqlDbType.Bytea, seals, static s => s.Root);
        columns.Add(NpgsqlDbType.Bytea, seals, static s => s.Signature);
        return command;
    }

    private static NpgsqlBatchCommand Commit(CommitRow commit)
    {
        var command = new NpgsqlBatchCommand(CommitSql);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = commit.Host.Value });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = commit.Number });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = UnixTime.ToDateTime(commit.TimeUs), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = commit.StreamCount });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = commit.EntryCount });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = commit.Root });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = commit.Previous });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = commit.Signer.Value });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = commit.Signature });
        return command;
    }
}
