using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>Goal: a hostile file does not fill the memory. Method: what the whole process allocates, so nothing else may run meanwhile.</summary>
[Collection(Alone.Name)]
public sealed class ExportMemoryTests
{
    private const string Entries = "streams/clinic/00000000000000000000000000000077/entries.jsonl";

    [Fact]
    public async Task An_endless_line_is_refused_before_it_fills_the_memory()
    {
        var file = await ExportFile.OfAsync(SampleLog.Build().Log);
        file.Members[Entries] = new byte[200 * 1024 * 1024];
        var zip = file.Zip();
        file.Members.Clear();
        var before = GC.GetTotalAllocatedBytes();

        Assert.Contains("is longer than", (await Assert.ThrowsAsync<ExportException>(() => ExportHostileTests.ReadAsync(zip))).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 120 * 1024 * 1024);
    }
}

/// <summary>Tests that measure the process: they run after all others, one by one.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
