using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.CellWorker;

/// <summary>Registered modules as the log holds them: the bytes are the payload of the entry that submitted them.</summary>
internal sealed class StoredModules(FabricDataSource database) : IModuleSource
{
    private readonly RegisteredModules _registered = new(database);

    public async ValueTask<byte[]?> ReadAsync(TenantId tenant, ModuleDigest digest, bool withBytes, CancellationToken cancel) =>
        await _registered.ReadAsync(tenant, digest, withBytes, cancel);
}
