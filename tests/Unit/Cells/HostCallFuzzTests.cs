using System.Buffers.Binary;
using Voxeltron.Cells;
using Xunit;
using Xunit.Abstractions;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Random pointers and lengths to every import: whatever they are, the guest gets a status or is stopped by name.</summary>
public sealed class HostCallFuzzTests(CellFixture cells, ITestOutputHelper output) : IClassFixture<CellFixture>
{
    private const int ImportCount = 19;
    private const int RecordBytes = 25;

    // Around zero, page ends, the memory's end and the signs of 32 bits: where arithmetic goes wrong.
    private static readonly int[] Edges =
        [0, 1, -1, 2, 4095, 4096, 65535, 65536, 65537, 131072, 4 * 1024 * 1024, int.MaxValue, int.MinValue, int.MinValue + 1, -65536, 0x7fff0000];

    [Fact]
    public void No_argument_to_any_import_harms_the_host()
    {
        const int rounds = 3000;
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var store = NewStore();
        using var neighbour = cells.Boot("misbehave");
        var outcomes = new Dictionary<string, int>();
        var cell = cells.Boot("caller");
        for (var round = 0; round < rounds; round++)
        {
            var outcome = Deliver(cell, store, TaskEvent(Calls(random, random.Next(1, 60))));
            var name = outcome.Code is null || outcome.Status == ActionStatus.Refused ? outcome.Status.ToString() : outcome.Code;
            outcomes[name] = outcomes.GetValueOrDefault(name) + 1;
            Assert.NotEqual(AbortCodes.HostError, outcome.Code);
            if (cell.IsDead)
            {
                cell.Dispose();
                cell = cells.Boot("caller");
            }
        }

        cell.Dispose();
        output.WriteLine(string.Join(", ", outcomes.Select(pair => $"{pair.Key} {pair.Value}")));
        Assert.Equal("1", ResultText(Deliver(neighbour, store, TaskEvent("count"))));
        Assert.True(outcomes.GetValueOrDefault("Completed") > rounds / 10, "Hardly any round ran through: the fuzzer tests too little.");
    }

    [Fact]
    public void A_host_error_stops_the_event_by_name_instead_of_the_process()
    {
        // An ended transaction would answer a status; no transaction at all is a bug of the host, and must stay inside.
        using var cell = cells.Boot("misbehave");

        var outcome = cell.Deliver(TaskEvent("count"), default);

        Assert.Equal((ActionStatus.Aborted, AbortCodes.HostError, true), (outcome.Status, outcome.Code, cell.IsDead));
        Assert.Contains(nameof(NullReferenceException), outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_seed_is_a_host_error_too()
    {
        using var cell = cells.Boot("conform");
        var transaction = NewStore().Begin();

        var outcome = cell.Deliver(TaskEvent("x") with { RandomSeed = new FixedSeed(1, 2, 3) }, transaction);

        Assert.Equal(AbortCodes.HostError, outcome.Code);
    }

    private static byte[] Calls(Random random, int count)
    {
        var calls = new byte[count * RecordBytes];
        for (var i = 0; i < count; i++)
        {
            var record = calls.AsSpan(i * RecordBytes, RecordBytes);
            record[0] = (byte)random.Next(ImportCount);
            for (var argument = 0; argument < 6; argument++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(record[(1 + (argument * 4))..], Argument(random));
            }
        }

        return calls;
    }

    private static int Argument(Random random) => random.Next(4) switch
    {
        0 => Edges[random.Next(Edges.Length)],
        1 => Edges[random.Next(Edges.Length)] + random.Next(-16, 17),
        2 => random.Next(0, 200),
        _ => random.Next(int.MinValue, int.MaxValue),
    };
}
