using System.Text;
using Voxeltron.Cosmictron;
using Voxeltron.Replay;
using Xunit;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>Goal: a person sees at once where two payloads differ. Method: pairs of documents and the places they must be told to differ in.</summary>
public sealed class JsonDifferenceTests
{
    private static readonly TableSchema[] s_tables =
        [new("item", [new("id", ColumnType.Text), new("amount", ColumnType.Int64)], ["id"])];

    [Theory]
    [InlineData("""{"a":1,"b":2}""", """{"a":1,"b":3}""", "b|2|3")]
    [InlineData("""{"a":1}""", """{"a":1,"b":3}""", "b||3")]
    [InlineData("""{"a":1,"b":2}""", """{"a":1}""", "b|2|")]
    [InlineData("""{"emits":[{"name":"x"},{"name":"y"}]}""", """{"emits":[{"name":"x"},{"name":"z"}]}""", "emits[1].name|\"y\"|\"z\"")]
    [InlineData("""{"emits":[1]}""", """{"emits":[1,2]}""", "emits[1]||2")]
    [InlineData("""{"a":[1]}""", """{"a":{"b":1}}""", "a|[1]|{\"b\":1}")]
    [InlineData("""{"result":{"text":"{\"decision\":\"approve\"}"}}""", """{"result":{"text":"{\"decision\":\"deny\"}"}}""", "result.text:decision|\"approve\"|\"deny\"")]
    [InlineData("""{"result":{"text":"plain"}}""", """{"result":{"text":"other"}}""", "result.text|\"plain\"|\"other\"")]
    [InlineData("""{"a":1.0}""", """{"a":1}""", "a|1.0|1")]
    public void Members_are_named_by_path(string left, string right, string expected)
    {
        var difference = Assert.Single(Of(left, right));
        Assert.Equal(expected, $"{difference.Path}|{difference.Recorded}|{difference.Replayed}");
        Assert.Null(difference.Row);
    }

    [Fact]
    public void Rows_are_named_by_table_key_and_column_whatever_their_order()
    {
        var differences = Of(
            """{"writes":[{"op":"put","row":{"id":"a","amount":1},"table":"item"},{"op":"put","row":{"id":"b","amount":2},"table":"item"},{"key":{"id":"c"},"op":"delete","table":"item"}]}""",
            """{"writes":[{"op":"put","row":{"id":"b","amount":3},"table":"item"},{"op":"put","row":{"id":"c","amount":4},"table":"item"},{"op":"put","row":{"id":"d","amount":5},"table":"item"}]}""");

        Assert.Equal(
            [
                "table item, key {\"id\":\"a\"}: put {\"id\":\"a\",\"amount\":1} / -",
                "table item, key {\"id\":\"b\"}, column amount: 2 / 3",
                "table item, key {\"id\":\"c\"}: deleted / put {\"id\":\"c\",\"amount\":4}",
                "table item, key {\"id\":\"d\"}: - / put {\"id\":\"d\",\"amount\":5}",
            ],
            differences.Select(static d => $"{d.Place}: {d.Recorded ?? "-"} / {d.Replayed ?? "-"}"));
    }

    [Theory]
    [InlineData("not json", "not jsom")]
    [InlineData("{\"a\":1}", "{ \"a\":1}")]
    [InlineData("{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}")]
    public void What_differs_only_as_text_is_shown_as_text(string left, string right) => Assert.Equal("(text)", Assert.Single(Of(left, right)).Path);

    [Fact]
    public void Long_values_are_cut_around_the_difference_and_many_differences_end_somewhere()
    {
        var cut = Assert.Single(Of($$"""{"a":"{{new string('x', 5000)}}1"}""", $$"""{"a":"{{new string('x', 5000)}}2"}"""));
        Assert.InRange(cut.Recorded!.Length, 60, 200);

        var many = Of($"[{string.Join(',', Enumerable.Range(0, 1000))}]", $"[{string.Join(',', Enumerable.Range(1, 1000))}]");
        Assert.Equal(JsonDifference.Most, many.Count);
    }

    [Fact]
    public void Deep_nesting_is_no_way_to_break_the_tool()
    {
        var nested = "1";
        for (var i = 0; i < 40; i++)
        {
            nested = $"[{nested}]";
        }

        // Told as a whole from some level on.
        Assert.Equal(32, Assert.Single(Of(nested, nested.Replace('1', '2'))).Path.Count(static c => c == '['));
        Assert.NotEmpty(Of(new string('[', 5000), new string('[', 5001)));
    }

    private static IReadOnlyList<ValueDifference> Of(string left, string right) =>
        new JsonDifference(s_tables).Of(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right));
}
