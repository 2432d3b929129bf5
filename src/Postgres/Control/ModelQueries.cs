using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Reads <c>control.model_catalog</c> and <c>control.air_gap</c>.</summary>
public sealed class ModelQueries(FabricDataSource source)
{
    private const string ChangedSql = """
        select c.tenant_id, c.serial, c.digest, c.document, c.providers, c.not_after, c.declared_seq, c.time_declared
          from control.model_catalog c
          left join unnest($1::text[], $2::bigint[]) as k(tenant_id, declared_seq) on k.tenant_id = c.tenant_id and k.declared_seq = c.declared_seq
         where k.tenant_id is null
        """;

    private const string GapsSql = "select tenant_id, is_on, set_seq, time_set from control.air_gap";

    /// <summary>Every catalogue but those the caller has, and every switch: what a host looks at every second.</summary>
    /// <param name="known">Of each tenant, the intent whose catalogue is known.</param>
    public async Task<ModelsReading> ReadAsync(IReadOnlyDictionary<TenantId, long> known, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        var changed = new NpgsqlBatchCommand(ChangedSql);
        changed.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. known.Keys.Select(static tenant => tenant.Value)] });
        changed.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. known.Values] });
        batch.BatchCommands.Add(changed);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(GapsSql));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        var catalogs = new List<ModelCatalogRow>();
        while (await reader.ReadAsync(cancel))
        {
            catalogs.Add(Catalog(reader));
        }

        await reader.NextResultAsync(cancel);
        var gaps = new List<AirGapRow>();
        while (await reader.ReadAsync(cancel))
        {
            gaps.Add(new AirGapRow(new TenantId(reader.GetString(0)), reader.GetBoolean(1), reader.GetInt64(2), UnixTime.FromDateTime(reader.GetDateTime(3))));
        }

        return new ModelsReading(catalogs, gaps);
    }

    /// <summary>One tenant's, and its switch; the fabric's holds besides.</summary>
    public async Task<(ModelCatalogRow? Catalog, bool IsGapOn, bool IsFabricGapOn)> OfTenantAsync(TenantId tenant, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        var own = new NpgsqlBatchCommand("select tenant_id, serial, digest, document, providers, not_after, declared_seq, time_declared from control.model_catalog where tenant_id = $1");
        own.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        var gaps = new NpgsqlBatchCommand("select tenant_id, is_on from control.air_gap where tenant_id in ($1, $2)");
        gaps.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        gaps.Parameters.Add(new NpgsqlParameter<string> { TypedValue = TenantId.Fabric.Value });
        batch.BatchCommands.Add(own);
        batch.BatchCommands.Add(gaps);
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        var catalog = await reader.ReadAsync(cancel) ? Catalog(reader) : null;
        await reader.NextResultAsync(cancel);
        var (ownGap, fabricGap) = (false, false);
        while (await reader.ReadAsync(cancel))
        {
            var (of, isOn) = (reader.GetString(0), reader.GetBoolean(1));
            ownGap |= isOn && of == tenant.Value;
            fabricGap |= isOn && of == TenantId.Fabric.Value;
        }

        return (catalog, ownGap, fabricGap);
    }

    private static ModelCatalogRow Catalog(NpgsqlDataReader reader) => new(
        new TenantId(reader.GetString(0)),
        reader.GetInt32(1),
        reader.GetString(2),
        reader.GetFieldValue<byte[]>(3),
        reader.GetInt32(4),
        UnixTime.FromDateTime(reader.GetDateTime(5)),
        reader.GetInt64(6),
        UnixTime.FromDateTime(reader.GetDateTime(7)));
}

/// <param name="Catalogs">Those that the reader did not know.</param>
/// <param name="Gaps">All there are; a tenant without one has it off.</param>
public sealed record ModelsReading(IReadOnlyList<ModelCatalogRow> Catalogs, IReadOnlyList<AirGapRow> Gaps);
