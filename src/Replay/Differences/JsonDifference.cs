using System.Text;
using System.Text.Json;
using Voxeltron.Cosmictron;

namespace Voxeltron.Replay;

/// <summary>
/// Where two JSON documents differ, member by member, in the order of the left one. An array named <c>writes</c> is compared
/// row by row, by table and key; a text that is JSON on both sides is looked into.
/// </summary>
/// <param name="tables">Declared tables, for the key columns of rows; a write to another table is compared by position.</param>
internal sealed class JsonDifference(IReadOnlyList<TableSchema> tables)
{
    /// <summary>Differences told; a person reads no more.</summary>
    public const int Most = 20;

    // Levels of members and of JSON inside texts together: what was logged may nest as deep as its author liked.
    private const int Deepest = 32;

    private readonly List<ValueDifference> _found = [];

    /// <returns>At least one and at most <see cref="Most"/>, for texts whose bytes differ.</returns>
    public IReadOnlyList<ValueDifference> Of(ReadOnlyMemory<byte> left, ReadOnlyMemory<byte> right)
    {
        if (TryParse(left, out var leftDocument) && TryParse(right, out var rightDocument))
        {
            using (leftDocument)
            using (rightDocument)
            {
                Compare("", leftDocument!.RootElement, rightDocument!.RootElement, 0);
            }
        }

        if (_found.Count == 0)
        {
            // No JSON, or the same JSON written otherwise.
            var (a, b) = TextDifference.Around(Encoding.UTF8.GetString(left.Span), Encoding.UTF8.GetString(right.Span));
            _found.Add(new ValueDifference("(text)", a, b));
        }

        return _found;
    }

    /// <summary>Adds what differs between two values at a path.</summary>
    public void Compare(string path, JsonElement left, JsonElement right, int depth)
    {
        if (depth < Deepest && left.ValueKind == right.ValueKind)
        {
            switch (left.ValueKind)
            {
                case JsonValueKind.Object:
                    CompareObjects(path, left, right, depth);
                    return;
                case JsonValueKind.Array when path is "writes" && WriteDifference.TryAlign(left, right, tables, out var rows):
                    Add(rows);
                    return;
                case JsonValueKind.Array:
                    CompareArrays(path, left, right, depth);
                    return;
                case JsonValueKind.String when left.GetString() != right.GetString() && TryInside(path, left, right, depth):
                    return;
            }
        }

        if (!JsonElement.DeepEquals(left, right) || left.GetRawText() != right.GetRawText())
        {
            Add(path, left, right);
        }
    }

    private void CompareObjects(string path, JsonElement left, JsonElement right, int depth)
    {
        foreach (var member in left.EnumerateObject())
        {
            if (right.TryGetProperty(member.Name, out var other))
            {
                Compare(Join(path, member.Name), member.Value, other, depth + 1);
            }
            else
            {
                Add(Join(path, member.Name), member.Value, null);
            }
        }

        foreach (var member in right.EnumerateObject())
        {
            if (!left.TryGetProperty(member.Name, out _))
            {
                Add(Join(path, member.Name), null, member.Value);
            }
        }
    }

    private void CompareArrays(string path, JsonElement left, JsonElement right, int depth)
    {
        var (a, b) = (left.GetArrayLength(), right.GetArrayLength());
        for (var i = 0; i < Math.Max(a, b) && _found.Count < Most; i++)
        {
            if (i < a && i < b)
            {
                Compare($"{path}[{i}]", left[i], right[i], depth + 1);
            }
            else
            {
                Add($"{path}[{i}]", i < a ? left[i] : null, i < b ? right[i] : null);
            }
        }
    }

    /// <summary>A result is a text to the log and usually a document to whoever reads it.</summary>
    private bool TryInside(string path, JsonElement left, JsonElement right, int depth)
    {
        if (!LooksLikeDocument(left) || !LooksLikeDocument(right)
            || !TryParse(Encoding.UTF8.GetBytes(left.GetString()!), out var a))
        {
            return false;
        }

        using (a)
        {
            if (!TryParse(Encoding.UTF8.GetBytes(right.GetString()!), out var b))
            {
                return false;
            }

            using (b)
            {
                var before = _found.Count;
                Compare(path + ":", a!.RootElement, b!.RootElement, depth + 1);
                return _found.Count > before;
            }
        }
    }

    private static bool LooksLikeDocument(JsonElement text) => text.GetString() is [('{' or '['), ..];

    private void Add(IEnumerable<ValueDifference> differences)
    {
        foreach (var difference in differences)
        {
            if (_found.Count < Most)
            {
                _found.Add(difference);
            }
        }
    }

    private void Add(string path, JsonElement? left, JsonElement? right)
    {
        var (a, b) = TextDifference.Cut(left?.GetRawText(), right?.GetRawText());
        Add([new ValueDifference(path, a, b)]);
    }

    private static string Join(string path, string name) => path.Length == 0 || path[^1] == ':' ? path + name : $"{path}.{name}";

    private static bool TryParse(ReadOnlyMemory<byte> text, out JsonDocument? document)
    {
        try
        {
            document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            document = null;
            return false;
        }
    }
}
