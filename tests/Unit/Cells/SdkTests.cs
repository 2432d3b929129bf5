using System.Text;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>
/// What the SDKs do of their own, the same in each language: events as members, aborts that say why, memory given back, decimals. Method:
/// one guest a language (tests/Guests/*/events.*), asked the same. What is asked of the host is in <see cref="ConformanceTests"/>.
/// </summary>
public sealed class SdkTests(CellFixture cells) : IClassFixture<CellFixture>
{
    public static TheoryData<string> Languages => ["events-rust", "events-as"];

    private const string Ids = "cell_00000000000000000000000000000001 mission_00000000000000000000000000000002";

    [Theory]
    [MemberData(nameof(Languages))]
    public void An_event_has_its_members(string guest)
    {
        using var cell = cells.Boot(guest);
        var envelope = $$"""
            {"abi":1,"attempt":3,"cell":"{{Ids[..37]}}","event":"task","item":"a\"\\\u00e9","mission":"{{Ids[38..]}}","new":{"a":[1,{"b":"}"}],"c":null},"now_us":{{NowUs}},"task":"t/a"}
            """;

        var told = ResultText(Deliver(cell, NewStore(), TaskEvent("anything") with { EnvelopeJson = Encoding.UTF8.GetBytes(envelope) }));

        Assert.Equal($"Task {Ids} task=t/a item=a\"\\é attempt=3 now={NowUs} tag= ticket=0 view= from=0 to=0 reset=false replaces=- input=8", told);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void A_task_may_wait_for_a_timer_and_end_with_it(string guest)
    {
        using var cell = cells.Boot(guest);
        var store = NewStore();

        var waiting = Deliver(cell, store, TaskEvent("wait"));
        Assert.Equal((ActionStatus.Waiting, new CellTimer(1, 5, "later.1")), (waiting.Status, waiting.Timers.Single()));

        var envelope = Encoding.UTF8.GetBytes($$"""{"abi":1,"attempt":1,"cell":"{{Ids[..37]}}","event":"timer","mission":"{{Ids[38..]}}","now_us":7,"tag":"later.1","task":"t","ticket":1}""");
        var told = ResultText(Deliver(cell, store, new CellEvent(CellEventKind.Timer, envelope, default, NowUs, new FixedSeed(Seed), new TicketState(1, 0))));

        Assert.Equal($"Timer {Ids} task=t item=- attempt=1 now=7 tag=later.1 ticket=1 view= from=0 to=0 reset=false replaces=- input=0", told);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void A_change_of_a_view_is_told_by_its_rows(string guest)
    {
        using var cell = cells.Boot(guest);
        var store = NewStore();
        Assert.Equal("amounts", Deliver(cell, store, TaskEvent("follow")).Subscribed.Single().View);
        store.Views.Follow("t/r-1", new CellSubscription(1, "amounts", []), 1);
        var writing = store.Begin();
        Assert.Equal(StateStatus.Ok, writing.Put("item"u8, new TupleBuilder().Text("a").Int64(7).Float64(0).ToArray(), out _));
        Assert.Equal(StateStatus.Ok, writing.Put("item"u8, new TupleBuilder().Text("b").Int64(7).Float64(0).ToArray(), out _));
        writing.Commit();
        store.Views.Committed(2);
        Assert.True(store.Views.Cursors.TryTakeReady(out var cursor));

        var envelope = Encoding.UTF8.GetBytes($$"""{"abi":1,"attempt":1,"cell":"{{Ids[..37]}}","event":"delta","from":0,"mission":"{{Ids[38..]}}","now_us":7,"reset":false,"task":"t","ticket":1,"to":2,"view":"amounts"}""");
        var told = ResultText(Deliver(cell, store, new CellEvent(
            CellEventKind.Delta, envelope, default, NowUs, new FixedSeed(Seed), new TicketState(1, 0), Following: [cursor], Delta: store.Views.Deliver(cursor, 2))));

        Assert.Equal($"Delta {Ids} task=t item=- attempt=1 now=7 tag= ticket=1 view=amounts from=0 to=2 reset=false replaces=- input=0 7:2:+1", told);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void What_ends_a_handler_wrongly_is_an_abort_that_says_why(string guest)
    {
        ActionOutcome Ask(string what)
        {
            using var cell = cells.Boot(guest);
            return Deliver(cell, NewStore(), TaskEvent(what));
        }

        var panic = Ask("panic");
        Assert.Equal((ActionStatus.Aborted, AbortCodes.Unreachable), (panic.Status, panic.Code));
        Assert.Contains("as asked", Assert.Single(panic.Logs).Text, StringComparison.Ordinal);
        Assert.Equal(CellLogLevel.Error, panic.Logs[0].Level);

        var status = Ask("status");
        Assert.Equal((ActionStatus.Aborted, AbortCodes.NonzeroReturn, 6), (status.Status, status.Code, status.ReturnValue));
        Assert.Contains("status -6", Assert.Single(status.Logs).Text, StringComparison.Ordinal);

        var refused = Ask("refuse");
        Assert.Equal((ActionStatus.Refused, "no_luck", "none today"), (refused.Status, refused.Code, refused.Message));
        Assert.Equal((ActionStatus.Aborted, ActionStatus.Aborted), (Ask("short row").Status, Ask("long field").Status));
        Assert.Equal((ActionStatus.Aborted, AbortCodes.Unreachable), (Ask("too much").Status, Ask("too much").Code));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Memory_of_an_event_is_free_for_the_next(string guest)
    {
        using var cell = cells.Boot(guest);
        var store = NewStore();
        var large = new byte[300_000];
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("200000", ResultText(Deliver(cell, store, TaskEvent("memory"))));
            Assert.EndsWith("input=300000", ResultText(Deliver(cell, store, TaskEvent(large))), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Decimals_and_fields_are_read_and_written_whole(string guest)
    {
        using var cell = cells.Boot(guest);

        Assert.Equal(
            "12.50 -0.05 7 none none none none none none 170141183460469231731687303715884105727 -170141183460469231731687303715884105728 none",
            ResultText(Deliver(cell, NewStore(), TaskEvent("decimals"))));
        Assert.Equal("null -2 1.5 true é 2 -12.50 1 {} null", ResultText(Deliver(cell, NewStore(), TaskEvent("fields"))));
    }
}
