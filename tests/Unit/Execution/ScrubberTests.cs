using Voxeltron.CellWorker;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Tests.Support;
using Voxeltron.Tests.Unit.Cosmictron;
using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Execution;

/// <summary>Goal: memory that changed without a write ends the writer section, at the stated rate and not before. Method: a row damaged behind the store's back, under a clock moved by hand.</summary>
public sealed class ScrubberTests
{
    private static readonly byte[] s_spec = System.Text.Encoding.UTF8.GetBytes($$$"""
        {"spec":"v1","name":"n","inputs":{"in":{}},
         "tables":[{"name":"fact","columns":[{"name":"id","type":"int64"}],"key":["id"]}],
         "tasks":[{"id":"t","module":"{{{new string('a', 64)}}}","map":"in"}]}
        """);

    private readonly StoodClock _clock = new();
    private readonly MissionState _state = new(new TenantId("demo"), new MissionId(TestKeys.Id(1)), StoreLimits.Default with { SetHashes = true });

    public ScrubberTests()
    {
        _state.Accept(MissionSpec.Parse(s_spec).Spec!, 1, 1);
        var transaction = _state.Store.Begin("t/a");
        for (var id = 0L; id < 100; id++)
        {
            Assert.Equal(StateStatus.Ok, transaction.Put("fact"u8, RandomRows.Tuple([id])));
        }

        transaction.Commit();
    }

    [Fact]
    public void A_row_that_changed_without_a_write_is_found_when_its_turn_comes()
    {
        var scrubber = new Scrubber(1_000, _clock);
        for (var look = 0; look < 10; look++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            scrubber.Look(_state);
        }

        DumpTests.Damage(_state.Store, "fact", row: 30);
        // Not a look for each turn: 100 rows are due after 0.1 s, and so few are not worth one.
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        scrubber.Look(_state);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var fault = Assert.Throws<VoxeltronException>(() => scrubber.Look(_state));
        Assert.Equal("state_corrupt", fault.FaultCode);
        Assert.Contains("fact", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Turned_off_it_never_looks_and_never_wakes_a_mission()
    {
        var scrubber = new Scrubber(0, _clock);
        DumpTests.Damage(_state.Store, "fact", row: 30);
        _clock.Advance(TimeSpan.FromHours(1));
        scrubber.Look(_state);
        Assert.Null(scrubber.NextLookUs(_state));
        Assert.NotNull(new Scrubber(1, _clock).NextLookUs(_state));
    }
}
