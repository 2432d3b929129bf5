using System.Text;
using System.Text.Json;
using Voxeltron.Cosmictron;

namespace Voxeltron.Replay;

/// <summary>Two write sets compared by what they do to which row, whatever their order.</summary>
internal static class WriteDifference
{
    /// <returns>False when a write is not of the form write sets have; then positions are all one can go by.</returns>
    public static bool TryAlign(JsonElement left, JsonElement right, IReadOnlyList<TableSchema> tables, out IReadOnlyList<ValueDifference> differences)
    {
        differences = [];
        if (ByRow(left, tables) is not { } a || ByRow(right, tables) is not { } b)
        {
            return false;
        }

        var found = new List<ValueDifference>();
        foreach (var (place, write) in a)
        {
            Compare(place, write, b.TryGetValue(place, out var other) ? other : null, found);
        }

        foreach (var (place, write) in b)
        {
            if (!a.ContainsKey(place))
            {
                Compare(place, null, write, found);
            }
        }

        differences = found;
        return found.Count > 0;
    }

    private static void Compare(RowPlace place, JsonElement? left, JsonElement? right, List<ValueDifference> found)
    {
        var (a, b) = (Row(left), Row(right));
        if (a is not { } leftRow || b is not { } rightRow)
        {
            var (whole, other) = TextDifference.Cut(Words(left, a), Words(right, b));
            if (whole != other)
            {
                found.Add(new ValueDifference("writes", whole, other, place));
            }

            return;
        }

        foreach (var column in leftRow.EnumerateObject())
        {
            var text = rightRow.TryGetProperty(column.Name, out var value) ? value.GetRawText() : null;
            if (text != column.Value.GetRawText())
            {
                var (one, two) = TextDifference.Cut(column.Value.GetRawText(), text);
                found.Add(new ValueDifference("writes", one, two, place with { Column = column.Name }));
            }
        }
    }

    /// <summary>The row a put leaves; null for a delete or no write at all.</summary>
    private static JsonElement? Row(JsonElement? write) => write is { } element && element.TryGetProperty("row", out var row) ? row : null;

    private static string? Words(JsonElement? write, JsonElement? row) => write is null ? null : row is null ? "deleted" : "put " + row.Value.GetRawText();

    private static Dictionary<RowPlace, JsonElement>? ByRow(JsonElement writes, IReadOnlyList<TableSchema> tables)
    {
        var rows = new Dictionary<RowPlace, JsonElement>();
        foreach (var write in writes.EnumerateArray())
        {
            if (PlaceOf(write, tables) is not { } place || !rows.TryAdd(place, write))
            {
                return null;
            }
        }

        return rows;
    }

    private static RowPlace? PlaceOf(JsonElement write, IReadOnlyList<TableSchema> tables)
    {
        if (write.ValueKind != JsonValueKind.Object || !write.TryGetProperty("table", out var table) || table.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        if (write.TryGetProperty("key", out var key))
        {
            return new RowPlace(table.GetString()!, key.GetRawText(), null);
        }

        return tables.FirstOrDefault(schema => schema.Name == table.GetString()) is { } schema
            && write.TryGetProperty("row", out var row) && row.ValueKind == JsonValueKind.Object
            && KeyOf(row, schema) is { } text
            ? new RowPlace(schema.Name, text, null)
            : null;
    }

    /// <summary>The key columns of a row as a delete writes them; null when one is missing.</summary>
    internal static string? KeyOf(JsonElement row, TableSchema schema)
    {
        var text = new StringBuilder("{");
        foreach (var name in schema.Key)
        {
            if (!row.TryGetProperty(name, out var value))
            {
                return null;
            }

            text.Append(text.Length == 1 ? "" : ",").Append('"').Append(name).Append("\":").Append(value.GetRawText());
        }

        return text.Append('}').ToString();
    }
}
