using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// What all missions of a host share of models: each tenant's providers and air gap, as the database last said. A catalogue counts here only with an
/// operator's signature: rows of <c>control</c> are not believed. Any thread.
/// </summary>
/// <param name="read">The database, given what is known of each tenant.</param>
internal sealed partial class ModelDesk(
    EgressDesk egress, Func<IReadOnlyDictionary<TenantId, long>, CancellationToken, Task<ModelsReading>> read, ModelKeys keys, WorkerMetrics metrics, ILogger log) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _looking = new(1, 1);

    // Guarded by _lock.
    private readonly Dictionary<TenantId, TenantModels> _tenants = [];
    private readonly HashSet<TenantId> _gaps = [];

    // Guarded by _looking.
    private readonly Dictionary<TenantId, long> _known = [];

    public EgressDesk Egress => egress;

    public ModelKeys Keys => keys;

    public WorkerMetrics Metrics => metrics;

    public TenantModels Of(TenantId tenant)
    {
        lock (_lock)
        {
            if (!_tenants.TryGetValue(tenant, out var models))
            {
                _tenants.Add(tenant, models = new TenantModels());
                models.Gap(IsGapOn(tenant));
            }

            return models;
        }
    }

    /// <summary>Cells that may ask will boot soon: the ways to their providers are made ready.</summary>
    public void Prepare(TenantId tenant)
    {
        foreach (var way in Of(tenant).Credential?.Egress.Values ?? [])
        {
            egress.Prepare(way);
        }
    }

    /// <summary>Reads what changed. Whoever comes while somebody looks, looks after it: what it waits for may have come since.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        await _looking.WaitAsync(cancel);
        try
        {
            var reading = await read(_known, cancel);
            // First: what may not leave must not for the time the rest takes.
            Take(reading.Gaps);
            foreach (var row in reading.Catalogs)
            {
                Take(row);
                _known[row.Tenant] = row.DeclaredSeq;
            }
        }
        finally
        {
            _looking.Release();
        }
    }

    public void Dispose() => _looking.Dispose();

    private bool IsGapOn(TenantId tenant) => _gaps.Contains(tenant) || _gaps.Contains(TenantId.Fabric);

    private void Take(IReadOnlyList<AirGapRow> gaps)
    {
        List<(TenantId Tenant, TenantModels Models, bool IsOn)> all;
        lock (_lock)
        {
            _gaps.Clear();
            foreach (var row in gaps.Where(static row => row.IsOn))
            {
                _gaps.Add(row.Tenant);
            }

            all = [.. _tenants.Select(one => (one.Key, one.Value, IsGapOn(one.Key)))];
        }

        foreach (var (tenant, models, isOn) in all)
        {
            if (models.Gap(isOn))
            {
                LogGap(log, tenant.Value, isOn ? "on" : "off");
            }
        }
    }

    private void Take(ModelCatalogRow row)
    {
        if (ModelsCredential.TryParse(row.Document, out var error) is { } credential && credential.Catalog.Tenant == row.Tenant && egress.IsSigned(credential))
        {
            Of(row.Tenant).Declare(credential);
            LogDeclared(log, row.Tenant.Value, credential.Catalog.Serial, credential.Catalog.Providers.Count);
            return;
        }

        LogForged(log, row.Tenant.Value, row.DeclaredSeq, error.Reason ?? "No operator of this fabric signed it for this tenant.");
    }

    [LoggerMessage(1, LogLevel.Information, "Models of tenant {Tenant}: serial {Serial}, {Providers} providers.")]
    private static partial void LogDeclared(ILogger log, string tenant, int serial, int providers);

    [LoggerMessage(2, LogLevel.Warning, "The air gap of tenant {Tenant} is {IsOn}.")]
    private static partial void LogGap(ILogger log, string tenant, string isOn);

    [LoggerMessage(3, LogLevel.Error, "control.model_catalog of tenant {Tenant} (seq {Seq}) is not used: {Reason} Find out who wrote it.")]
    private static partial void LogForged(ILogger log, string tenant, long seq, string reason);
}
