using System.Text;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Goal: a timer makes a task wait, and every wrong way to ask for one is answered by a status. Method: guests written for it, and hand-made calls.</summary>
public sealed class TimerTests(CellFixture cells) : IClassFixture<CellFixture>
{
    private static readonly TableSchema s_slots = new(
        "slot", [new Column("id", ColumnType.Int64), new Column("n", ColumnType.Int64), new Column("pad", ColumnType.Bytes)], ["id"]);

    [Fact]
    public void A_task_with_an_open_timer_waits_and_completes_from_a_later_one()
    {
        var store = new MissionStore([s_slots], StoreLimits.Default);
        using var cell = cells.Boot("agent");
        var first = Deliver(cell, store, TaskEvent("3 10 250 2 0"));
        Assert.Equal(ActionStatus.Waiting, first.Status);
        Assert.Equal([new CellTimer(1, 250, $"3.10.250.2.0.{NowUs + 250}")], first.Timers);

        var second = Deliver(cell, store, TimerEvent($"3.10.250.2.0.{NowUs + 100}", new TicketState(1, 0)));
        Assert.Equal(ActionStatus.Waiting, second.Status);
        Assert.Equal([new CellTimer(2, 350, $"3.10.250.1.0.{NowUs + 350}")], second.Timers);

        var last = Deliver(cell, store, TimerEvent("3.10.250.1.0", new TicketState(2, 0)));
        Assert.Equal(ActionStatus.Completed, last.Status);
        Assert.Equal("2", Encoding.UTF8.GetString(last.Result));
        Assert.Empty(last.Timers);
    }

    [Fact]
    public void A_module_that_begins_a_timer_and_has_no_handler_for_it_is_aborted_by_name()
    {
        using var cell = cells.Boot("misbehave");
        Assert.Equal(AbortCodes.MissingHandler, Deliver(cell, NewStore(), TimerEvent("x", default)).Code);
    }

    [Fact]
    public void More_open_timers_than_allowed_are_refused()
    {
        var store = new MissionStore([s_slots], StoreLimits.Default);
        using var cell = cells.Boot("agent");
        Deliver(cell, store, TaskEvent("1 10 0 5 2"));
        var room = Deliver(cell, store, TimerEvent("1.10.0.5.2", new TicketState(70, CellLimits.OpenTickets - 2)));
        Assert.Equal([71, 72], room.Timers.Select(static timer => timer.Ticket));
        var full = Deliver(cell, store, TimerEvent("1.10.0.5.2", new TicketState(70, CellLimits.OpenTickets - 1)));
        Assert.Equal((AbortCodes.NonzeroReturn, 0), (full.Code, full.Timers.Count));
    }

    private static CellEvent TimerEvent(string tag, TicketState tickets) => new(
        CellEventKind.Timer, Encoding.UTF8.GetBytes($$"""{"event":"timer","tag":"{{tag}}","ticket":1}"""), default, NowUs, new FixedSeed(Seed), tickets);
}
