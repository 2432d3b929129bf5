using System.Text;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Goal: a cell asks models for what its profile grants and for nothing else, and every wrong way to ask is a status. Method: the guest that asks, with calls in its input.</summary>
public sealed class ModelBeginTests(CellFixture cells) : IClassFixture<CellFixture>
{
    private static readonly TableSchema s_asked = new(
        "asked", [new("n", ColumnType.Int64), new("ticket", ColumnType.Int64), new("then", ColumnType.Text), new("line", ColumnType.Text)], ["n"], TableScope.Cell);

    private static readonly ModelGrant s_grant = new(["small", "clinical"], 500);

    [Fact]
    public void A_call_for_a_granted_class_gets_a_ticket_and_leaves_with_the_outcome()
    {
        using var cell = cells.Boot("ask");

        var outcome = Ask(cell, "small tag=t.1 max=7 heat=0.70 stop=end json what is \"this\"?\nclinical and this");

        Assert.Equal((ActionStatus.Waiting, 0), (outcome.Status, outcome.Denied.Count));
        Assert.Equal(["t.1 1", " 2"], Said(outcome));
        var (full, plain) = (outcome.ModelCalls[0], outcome.ModelCalls[1]);
        Assert.Equal((1, "small", 7, "t.1"), (full.Ticket, full.Class, full.MaxTokens, full.Tag));
        Assert.Equal(
            """{"messages":[{"content":"what is \"this\"?","role":"user"}],"response_format":{"type":"json_object"},"stop":"end","temperature":0.7}""", Encoding.UTF8.GetString(full.Request));
        Assert.Equal((2, "clinical", 500, ""), (plain.Ticket, plain.Class, plain.MaxTokens, plain.Tag));
        Assert.Equal("""{"messages":[{"content":"and this","role":"user"}]}""", Encoding.UTF8.GetString(plain.Request));
        Assert.Equal(new ModelNeed("clinical", (plain.Request.Length + 2) / 3, 500), plain.Need);
    }

    [Fact]
    public void Another_class_is_denied_and_named()
    {
        using var cell = cells.Boot("ask");

        var outcome = Ask(cell, "large hello\nlarge again");

        Assert.Equal([" -11", " -11"], Said(outcome));
        Assert.Equal([new CellDenial(DenialCodes.ClassNotGranted, "large", 2)], outcome.Denied);
        Assert.Equal((ActionStatus.Completed, 0), (outcome.Status, outcome.ModelCalls.Count));
    }

    [Theory]
    [InlineData(true, "no_models")]
    [InlineData(false, "not_offered")]
    public void Without_a_grant_nothing_is_looked_at_and_each_call_is_counted(bool isV1, string code)
    {
        using var cell = cells.Boot("ask");

        var outcome = Ask(cell, "small hello\nraw=no json\nknock 3", isV1 ? ModelGrant.None : null);

        Assert.Equal([" -7", "raw -7"], Said(outcome));
        Assert.Equal([new CellDenial(code, "model_begin", 5)], outcome.Denied);
    }

    public static TheoryData<string> NoCalls =>
    [
        "", "{", "[]", "null", "{}", Raw(""), Raw("", messages: "{}"), Raw("", messages: "[]"), Raw("", messages: "[1]"), Raw("", messages: "[{}]"), Raw("", messages: "[{\"role\":\"user\"}]"),
        Raw("", messages: "[{\"role\":\"user\",\"content\":1}]"), Raw("", messages: "[{\"role\":\"user\",\"content\":\"a\",\"name\":\"b\"}]"), Raw("", messages: "[{\"role\":\"tool\",\"content\":\"a\"}]"),
        Raw("", messages: "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}]"), Raw("", messages: "[{\"role\":\"user\",\"content\":\"\\u0000\"}]"), Raw("", messages: "[{\"role\":\"user\",\"content\":\"\\ud800\"}]"),
        Raw("\"class\":1"), Raw("\"class\":\"Small\""), Raw("\"class\":\"small\",\"class\":\"small\""), Raw("\"class\":\"small\",\"model\":\"gpt\""), Raw("\"class\":\"small\",\"stream\":true"), Raw("\"class\":\"small\",\"tools\":[]"),
        Raw("\"class\":\"small\",\"max_tokens\":0"), Raw("\"class\":\"small\",\"max_tokens\":501"), Raw("\"class\":\"small\",\"max_tokens\":1.5"), Raw("\"class\":\"small\",\"max_tokens\":\"1\""),
        Raw("\"class\":\"small\",\"temperature\":-0.1"), Raw("\"class\":\"small\",\"temperature\":2.1"), Raw("\"class\":\"small\",\"temperature\":\"1\""),
        Raw("\"class\":\"small\",\"stop\":\"\""), Raw("\"class\":\"small\",\"stop\":[]"), Raw("\"class\":\"small\",\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]"), Raw("\"class\":\"small\",\"stop\":[1]"),
        Raw("\"class\":\"small\",\"response_format\":\"json\""), Raw("\"class\":\"small\",\"response_format\":{}"), Raw("\"class\":\"small\",\"response_format\":{\"type\":\"xml\"}"),
        Raw("\"class\":\"small\",\"tag\":\"A\""), Raw("\"class\":\"small\",\"tag\":1"),
    ];

    [Theory]
    [MemberData(nameof(NoCalls))]
    public void What_is_no_call_is_a_bad_argument(string raw)
    {
        using var cell = cells.Boot("ask");

        var outcome = Ask(cell, "raw=" + raw);

        Assert.Equal(["raw -8"], Said(outcome));
        Assert.Empty(outcome.Denied);
    }

    [Theory]
    [InlineData("\"class\":\"small\"")]
    [InlineData("\"class\":\"small\",\"max_tokens\":500,\"temperature\":2,\"stop\":[\"a\",\"b\"],\"tag\":\"a.b\"")]
    [InlineData("\"class\":\"clinical\",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":{\"type\":\"object\"}}}")]
    public void What_is_one_gets_a_ticket(string members)
    {
        using var cell = cells.Boot("ask");
        Assert.Equal(["raw 1"], Said(Ask(cell, "raw=" + Raw(members))));
    }

    [Fact]
    public void Calls_share_the_room_of_emits_and_one_over_its_limit_is_too_large()
    {
        using var cell = cells.Boot("ask");
        Assert.Equal([" 1", " -6", " 2"], Said(Ask(cell, "fill 200000 small x\nfill 100000 small x\nfill 1000 small x")));
        using var other = cells.Boot("ask");
        Assert.Equal([" -5"], Said(Ask(other, "fill 262144 small x")));
    }

    private static string Raw(string members, string messages = """[{"role":"user","content":"a"}]""") =>
        $"{{\"messages\":{messages}{(members.Length == 0 ? "" : "," + members)}}}";

    private static IEnumerable<string> Said(ActionOutcome outcome) => outcome.Emits.Where(static emit => emit.Name == "begun").Select(static emit => Encoding.UTF8.GetString(emit.Value));

    private static ActionOutcome Ask(Cell cell, string commands) => Ask(cell, commands, s_grant);

    private static ActionOutcome Ask(Cell cell, string commands, ModelGrant? grant) => Deliver(cell, new MissionStore([s_asked], StoreLimits.Default), TaskEvent(commands) with { Models = grant });
}
