using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Rows of schema <c>journal</c> as the records of the contract, columns in the order the queries here select them.</summary>
internal static class LogRows
{
    public static CommitRow Commit(NpgsqlDataReader reader) => new(
        new HostId(reader.GetGuid(0)), reader.GetInt64(1), UnixTime.FromDateTime(reader.GetDateTime(2)), reader.GetInt32(3), reader.GetInt32(4),
        reader.GetFieldValue<byte[]>(5), reader.GetFieldValue<byte[]>(6), new KeyId(reader.GetString(7)), reader.GetFieldValue<byte[]>(8));

    public static LeafRow Leaf(NpgsqlDataReader reader) =>
        new(reader.GetInt64(0), new HostId(reader.GetGuid(1)), reader.GetInt64(2), reader.GetFieldValue<byte[]>(3));

    public static CheckpointRow Checkpoint(NpgsqlDataReader reader) =>
        new(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1), reader.GetString(2));

    public static HeadRow Head(NpgsqlDataReader reader) => new(
        Tenant(reader.GetString(0)), new StreamId(reader.GetGuid(1)), reader.GetInt64(2), reader.GetInt64(3), reader.GetFieldValue<byte[]>(4));

    /// <summary>first_seq, last_seq, entry_count, role, signer, host_id, commit_number, root, signature.</summary>
    public static SealRow Seal(NpgsqlDataReader reader, TenantId tenant, StreamId stream) => new(
        tenant, stream, reader.GetInt64(0), reader.GetInt64(1), reader.GetInt32(2), reader.GetString(3), new KeyId(reader.GetString(4)),
        new HostId(reader.GetGuid(5)), reader.GetInt64(6), reader.GetFieldValue<byte[]>(7), reader.GetFieldValue<byte[]>(8));

    public static TenantId Tenant(string text) => TenantId.IsValid(text)
        ? new TenantId(text)
        : throw new VoxeltronException("log_unreadable", $"The log names the tenant '{text}', which no tenant can be called: the row was altered outside the fabric.");
}
