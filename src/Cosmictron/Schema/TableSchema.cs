using System.Security.Cryptography;
using System.Text;

namespace Voxeltron.Cosmictron;

/// <summary>A declared table: typed columns in a fixed order and the columns, in order, that form its key.</summary>
public sealed record TableSchema(
    string Name,
    IReadOnlyList<Column> Columns,
    IReadOnlyList<string> Key,
    TableScope Scope = TableScope.Mission)
{
    public const int MaxColumns = 64;
    public const int MaxKeyColumns = 8;

    /// <summary>ASCII characters of a table or column name: what a Postgres identifier keeps.</summary>
    public const int MaxNameLength = 63;

    /// <summary>SHA-256 (64 lower-case hex) of the canonical form; part of <see cref="MissionStore.Root"/>.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Canonical())));

    /// <exception cref="SchemaException">The first rule broken, by name.</exception>
    public void Validate()
    {
        Require(IsName(Name), $"table name '{Name}' is not [a-z][a-z0-9_]* of at most {MaxNameLength} characters");
        Require(Scope == TableScope.Mission, "scope 'cell' is not available in v0-draft; use 'mission'");
        Require(Columns.Count is > 0 and <= MaxColumns, $"has {Columns.Count} columns; allowed are 1 to {MaxColumns}");
        Require(Key.Count is > 0 and <= MaxKeyColumns, $"has {Key.Count} key columns; allowed are 1 to {MaxKeyColumns}");

        var columns = new Dictionary<string, Column>(StringComparer.Ordinal);
        foreach (var column in Columns)
        {
            Require(IsName(column.Name), $"column name '{column.Name}' is not [a-z][a-z0-9_]* of at most {MaxNameLength} characters");
            Require(column.Type is >= ColumnType.Int64 and <= ColumnType.Bytes, $"column '{column.Name}' has no known type");
            Require(columns.TryAdd(column.Name, column), $"column '{column.Name}' is declared twice");
        }

        var keyed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in Key)
        {
            Require(columns.TryGetValue(name, out var column), $"key column '{name}' is not declared");
            Require(!column!.Nullable, $"key column '{name}' is nullable");
            Require(keyed.Add(name), $"key column '{name}' is named twice");
        }
    }

    /// <summary>JCS text. Names are checked ASCII without quotes, so nothing here needs escaping.</summary>
    public string Canonical()
    {
        var text = new StringBuilder("{\"columns\":[");
        for (var i = 0; i < Columns.Count; i++)
        {
            var column = Columns[i];
            text.Append(i == 0 ? "" : ",")
                .Append("{\"name\":\"").Append(column.Name)
                .Append("\",\"nullable\":").Append(column.Nullable ? "true" : "false")
                .Append(",\"type\":\"").Append(column.Type.Word()).Append("\"}");
        }

        text.Append("],\"key\":[");
        for (var i = 0; i < Key.Count; i++)
        {
            text.Append(i == 0 ? "\"" : ",\"").Append(Key[i]).Append('"');
        }

        return text.Append("],\"name\":\"").Append(Name)
            .Append("\",\"scope\":\"").Append(Scope == TableScope.Mission ? "mission" : "cell").Append("\"}")
            .ToString();
    }

    private static bool IsName(string? name)
    {
        if (name is not { Length: > 0 and <= MaxNameLength } || !char.IsAsciiLetterLower(name[0]))
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '_')
            {
                return false;
            }
        }

        return true;
    }

    private void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new SchemaException($"Table '{Name}': {problem}.");
        }
    }
}
