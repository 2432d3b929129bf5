using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Whom a tenant's missions may ask, and whether they may ask outside: rare, so one row a statement.</summary>
internal static class ModelStatements
{
    private const string CatalogSql = """
        insert into control.model_catalog (tenant_id, serial, digest, document, providers, not_after, declared_seq, time_declared)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (tenant_id) do update set
               serial = excluded.serial, digest = excluded.digest, document = excluded.document, providers = excluded.providers, not_after = excluded.not_after,
               declared_seq = excluded.declared_seq, time_declared = excluded.time_declared
        """;

    private const string AirGapSql = """
        insert into control.air_gap (tenant_id, is_on, set_seq, time_set)
        values ($1, $2, $3, $4)
        on conflict (tenant_id) do update set is_on = excluded.is_on, set_seq = excluded.set_seq, time_set = excluded.time_set
        """;

    public static void Add(NpgsqlBatch commands, IReadOnlyList<StreamBatch> streams)
    {
        foreach (var stream in streams)
        {
            if (stream.Projection.ModelCatalog is { } catalog)
            {
                commands.BatchCommands.Add(Upsert(catalog));
            }

            if (stream.Projection.AirGap is { } gap)
            {
                commands.BatchCommands.Add(Upsert(gap));
            }
        }
    }

    private static NpgsqlBatchCommand Upsert(ModelCatalogRow row)
    {
        var command = new NpgsqlBatchCommand(CatalogSql);
        var p = command.Parameters;
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Tenant.Value });
        p.Add(new NpgsqlParameter<int> { TypedValue = row.Serial });
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Digest });
        p.Add(new NpgsqlParameter<byte[]> { TypedValue = row.Document });
        p.Add(new NpgsqlParameter<int> { TypedValue = row.Providers });
        p.Add(new NpgsqlParameter<DateTime> { TypedValue = UnixTime.ToDateTime(row.NotAfterUs), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        p.Add(new NpgsqlParameter<long> { TypedValue = row.DeclaredSeq });
        p.Add(new NpgsqlParameter<DateTime> { TypedValue = UnixTime.ToDateTime(row.TimeDeclaredUs), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return command;
    }

    private static NpgsqlBatchCommand Upsert(AirGapRow row)
    {
        var command = new NpgsqlBatchCommand(AirGapSql);
        var p = command.Parameters;
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Tenant.Value });
        p.Add(new NpgsqlParameter<bool> { TypedValue = row.IsOn });
        p.Add(new NpgsqlParameter<long> { TypedValue = row.SetSeq });
        p.Add(new NpgsqlParameter<DateTime> { TypedValue = UnixTime.ToDateTime(row.TimeSetUs), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return command;
    }
}
