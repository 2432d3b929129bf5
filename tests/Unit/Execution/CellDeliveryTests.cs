using System.Text;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Tests.Unit.Cells;
using Xunit;

namespace Voxeltron.Tests.Unit.Execution;

/// <summary>Goal: an envelope put together from parts is the canonical one. Method: both ways, over names that need escapes and numbers of every length.</summary>
public sealed class CellDeliveryTests(CellFixture cells) : IClassFixture<CellFixture>
{
    [Theory]
    [InlineData("agent", null, 1, 1, 0L, "")]
    [InlineData("agent/r-1", "r-1", 20, 9_007_199_254_740_991L, 1_780_000_000_000_000L, "a.b-c_9")]
    public void A_timers_envelope_is_what_the_writer_of_envelopes_writes(string task, string? item, int attempt, long ticket, long nowUs, string tag)
    {
        using var cell = cells.Boot("agent");
        var mission = new MissionId(Guid.NewGuid());
        var timer = new OpenTimer(task, ticket, nowUs, tag);
        var delivery = new CellDelivery(cell, mission, task, item, attempt);
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(
                Encoding.UTF8.GetString(Envelopes.Timer(cell.Id, mission, task, item, attempt, timer, nowUs)),
                Encoding.UTF8.GetString(delivery.TimerEnvelope(timer, nowUs).Span));
        }
    }

    [Theory]
    [InlineData("agent", null, 1, 1, 0L, 0L, 0L, "v", false)]
    [InlineData("agent", null, 2, 7, 12L, 12L, 5L, "sums_2", true)]
    [InlineData("agent/r-1", "r-1", 20, 9_007_199_254_740_990L, 1_780_000_000_000_000L, 9_007_199_254_740_991L, 9_007_199_254_740_990L, "a_view_of_some_length", false)]
    [InlineData("agent/r-\"\u00e9", "r-\"\u00e9", 1, 2, 3L, 4L, 5L, "sums", true)]
    public void A_deltas_envelope_is_what_the_writer_of_envelopes_writes(string task, string? item, int attempt, long from, long nowUs, long to, long ticket, string view, bool isReset)
    {
        using var cell = cells.Boot("agent");
        var mission = new MissionId(Guid.NewGuid());
        var told = new DeliveredEvent(0, ticket + 1, view, from, to, isReset);
        var delivery = new CellDelivery(cell, mission, task, item, attempt);
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(
                Encoding.UTF8.GetString(Envelopes.Delta(cell.Id, mission, task, item, attempt, told, nowUs)),
                Encoding.UTF8.GetString(delivery.DeltaEnvelope(told, nowUs).Span));
        }
    }
}
