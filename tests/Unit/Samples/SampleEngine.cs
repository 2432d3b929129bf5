using System.Collections.Concurrent;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Samples;

/// <summary>One engine and one compilation of each module for all tests of the samples.</summary>
public sealed class SampleEngine : IDisposable
{
    private readonly ConcurrentDictionary<string, CellModule> _modules = new();

    public CellEngine Engine { get; } = new(new CellEngineOptions { MaxCells = 4, WarmSlots = 4 });

    public CellModule Module(string name) => _modules.GetOrAdd(name, n =>
    {
        var wasm = SampleSpec.Module(n);
        return Engine.Compile(wasm, ModuleDigest.Of(wasm));
    });

    public void Dispose()
    {
        foreach (var module in _modules.Values)
        {
            module.Dispose();
        }

        Engine.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class SampleTests : ICollectionFixture<SampleEngine>
{
    public const string Name = "samples";
}
