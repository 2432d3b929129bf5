using Voxeltron.Cells;

namespace Voxeltron.CellWorker;

/// <summary>A worker's modules: mapped from the store when a good artifact lies there, otherwise compiled by a child, stored, and mapped.</summary>
internal sealed class ArtifactLoader(CellEngine engine, ArtifactStore store, CompileQueue compiler, WorkerMetrics metrics) : IModuleLoader
{
    public async ValueTask<CellModule> LoadAsync(InspectedModule module, CancellationToken cancel)
    {
        var key = new ArtifactKey(module.Digest, engine.Fingerprint, ProcessorFeatures.Line);
        if (TryMap(module, key) is { } mapped)
        {
            metrics.ModuleLoaded("mapped");
            return mapped;
        }

        var outcome = await compiler.CompileAsync(module, engine.Fingerprint, cancel);
        if (outcome.Artifact is not { } artifact)
        {
            metrics.ModuleLoaded("refused");
            throw new ModuleRefusedException(outcome.Code!, module.Digest, $"Module {module.Digest} cannot be compiled: {outcome.Reason}") { Reason = outcome.Reason! };
        }

        metrics.ModuleLoaded("compiled");
        store.Put(key, artifact);
        // Mapped it shares its pages with the other workers of this machine; what could not be stored is copied.
        return TryMap(module, key) ?? Load(module, artifact);
    }

    private CellModule Load(InspectedModule module, byte[] artifact)
    {
        try
        {
            return engine.Load(module, artifact);
        }
        catch (ArtifactException unusable)
        {
            throw new ModuleRefusedException(AdmissionCodes.CompileFailed, module.Digest, unusable.Message);
        }
    }

    private CellModule? TryMap(InspectedModule module, ArtifactKey key)
    {
        using var file = store.TryOpen(key);
        if (file is null)
        {
            return null;
        }

        try
        {
            return engine.Map(module, ArtifactStore.PathOf(file));
        }
        catch (ArtifactException unusable)
        {
            store.Reject(key, unusable.Message);
            return null;
        }
    }
}
