using Voxeltron.Cells;

namespace Voxeltron.CellWorker;

/// <summary>Where machine code comes from.</summary>
internal interface IModuleLoader
{
    /// <exception cref="ModuleRefusedException">It does not compile within its limits, or cannot run here.</exception>
    ValueTask<CellModule> LoadAsync(InspectedModule module, CancellationToken cancel);
}

/// <summary>Compiles in this process: for tests and simulations, which hold no worker and compile what they brought themselves.</summary>
internal sealed class InProcessLoader(CellEngine engine) : IModuleLoader
{
    public ValueTask<CellModule> LoadAsync(InspectedModule module, CancellationToken cancel) =>
        ValueTask.FromResult(engine.Compile(module.Wasm.Span, module.Digest));
}
