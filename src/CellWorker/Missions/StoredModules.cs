using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.CellWorker;

/// <summary>Registered modules as the log holds them: the bytes are the payload of the entry that submitted them.</summary>
internal sealed class StoredModules(FabricDataSource database) : IModuleSource
{
    private readonly WorkerModuleQueries _modules = new(database);

    public async ValueTask<byte[]?> ReadAsync(TenantId tenant, ModuleDigest digest, bool withBytes, CancellationToken cancel) =>
        withBytes
            ? await _modules.ReadWasmAsync(tenant, digest, cancel)
            : (await _modules.RegisteredAsync(tenant, [digest], cancel)).Contains(digest) ? [] : null;
}
