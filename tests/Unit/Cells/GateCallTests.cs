using System.Text;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Goal: what a cell may ask people, and what each wrong question is answered. Method: guest <c>asker</c>, which gives any text to <c>gate_begin</c>.</summary>
public sealed class GateCallTests(CellFixture cells) : IClassFixture<CellFixture>
{
    private static readonly HashSet<string> s_gates = ["release"];

    [Theory]
    [InlineData("""{"gate":"release","subject":null}""", 1)]
    [InlineData("""{"gate":"release","subject":{"b":[1.5],"a":"é"},"rows":[{"table":"item","key":["r-1"]},{"key":["r-2"],"table":"item"}],"tag":"t.1"}""", 1)]
    [InlineData("""{"gate":"release"}""", -8)]
    [InlineData("""{"subject":1}""", -8)]
    [InlineData("""{"gate":1,"subject":1}""", -8)]
    [InlineData("""{"gate":"release","subject":1,"who":1}""", -8)]
    [InlineData("""{"gate":"release","subject":1,"gate":"release"}""", -8)]
    [InlineData("""{"gate":"release","subject":9007199254740993}""", -8)]
    [InlineData("""{"gate":"release","subject":"\u0000"}""", -8)]
    [InlineData("""{"gate":"release","subject":"\ud800"}""", -8)]
    [InlineData("""{"gate":"release","subject":1,"tag":"T"}""", -8)]
    [InlineData("""{"gate":"release","subject":1,"rows":{}}""", -8)]
    [InlineData("""{"gate":"release","subject":1,"rows":[{"table":"nobody","key":["r-1"]}]}""", -8)]
    [InlineData("""{"gate":"release","subject":1,"rows":[{"table":"item","key":[1]}]}""", -8)]
    [InlineData("""{"gate":"release","subject":1,"rows":[{"table":"item","key":["a","b"]}]}""", -8)]
    [InlineData("""{"gate":"release","subject":1,"rows":[{"table":"item","key":["a"],"x":1}]}""", -8)]
    [InlineData("""{"gate":"release","subject":1,"rows":[{"table":"item","key":["a"]},{"key":["a"],"table":"item"}]}""", -8)]
    [InlineData("[]", -8)]
    [InlineData("no json", -8)]
    [InlineData("""{"gate":"other","subject":1}""", -11)]
    public void A_text_is_a_question_or_is_answered_by_what_is_wrong(string text, int status)
    {
        var outcome = Ask("raw " + text, s_gates);
        Assert.Equal(status.ToString(), Encoding.UTF8.GetString(outcome.Result));
        // The task ended with it, so nobody is asked.
        Assert.Empty(outcome.Gates);
        Assert.Equal(status == -11 ? [new CellDenial(DenialCodes.GateNotDeclared, "other", 1)] : [], outcome.Denied);
    }

    [Fact]
    public void Sixteen_rows_and_sixteen_KiB_are_the_most()
    {
        var rows = Enumerable.Range(0, 17).Select(static i => $$"""{"table":"item","key":["r-{{i}}"]}""").ToList();
        Assert.Equal("1", Result($$"""raw {"gate":"release","subject":1,"rows":[{{string.Join(',', rows.Take(16))}}]}"""));
        Assert.Equal("-8", Result($$"""raw {"gate":"release","subject":1,"rows":[{{string.Join(',', rows)}}]}"""));
        Assert.Equal("1", Result($$"""raw {"gate":"release","subject":"{{new string('x', 16 * 1024 - 2)}}"}"""));
        Assert.Equal("-8", Result($$"""raw {"gate":"release","subject":"{{new string('x', 16 * 1024 - 1)}}"}"""));
        Assert.Equal("-5", Result($$"""raw {"gate":"release","subject":"{{new string('x', 48 * 1024)}}"}"""));
    }

    [Fact]
    public void A_mission_without_gates_has_none_to_ask_at()
    {
        var outcome = Ask("""raw {"gate":"release","subject":1}""", null);
        Assert.Equal("-7", Encoding.UTF8.GetString(outcome.Result));
        Assert.Equal([new CellDenial(DenialCodes.NotOffered, "gate_begin", 1)], outcome.Denied);
    }

    [Fact]
    public void What_was_asked_is_canonical_and_the_task_waits_for_it()
    {
        var outcome = Ask("""ask release {"b":1,"a":[1.50]} r-1""", s_gates);
        Assert.Equal(ActionStatus.Waiting, outcome.Status);
        var asked = Assert.Single(outcome.Gates);
        Assert.Equal((1, "release", """{"a":[1.5],"b":1}""", """[{"key":["r-1"],"table":"item"}]""", "q"), (asked.Ticket, asked.Gate, asked.Subject, asked.Rows, asked.Tag));
        Assert.Equal([1L, 2L], Ask("two release 1", s_gates).Gates.Select(static gate => gate.Ticket));
    }

    private string Result(string input) => Encoding.UTF8.GetString(Ask(input, s_gates).Result);

    private ActionOutcome Ask(string input, IReadOnlySet<string>? gates)
    {
        using var module = Compile(cells.Engine, Guest("asker"));
        using var cell = cells.Boot(module);
        var store = new MissionStore(
            [
                new TableSchema("item", [new Column("id", ColumnType.Text), new Column("n", ColumnType.Int64)], ["id"]),
                new TableSchema(
                    "asking",
                    [
                        new Column("n", ColumnType.Int64), new Column("open", ColumnType.Int64), new Column("again", ColumnType.Int64),
                        new Column("gate", ColumnType.Text), new Column("subject", ColumnType.Text), new Column("row", ColumnType.Text),
                    ],
                    ["n"]),
            ],
            StoreLimits.Default);
        return Deliver(cell, store, TaskEvent(input) with { Gates = gates });
    }
}
