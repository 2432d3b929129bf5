using System.Security.Cryptography;
using System.Text;

namespace Voxeltron.Cosmictron;

/// <summary>A declared table: typed columns in a fixed order, the columns, in order, that form its key, and its indexes.</summary>
public sealed partial record TableSchema(
    string Name,
    IReadOnlyList<Column> Columns,
    IReadOnlyList<string> Key,
    TableScope Scope = TableScope.Mission)
{
    public const int MaxColumns = 64;
    public const int MaxKeyColumns = 8;
    public const int MaxIndexes = 8;

    /// <summary>ASCII characters of a table, column or index name: what a Postgres identifier keeps.</summary>
    public const int MaxNameLength = 63;

    public IReadOnlyList<TableIndex> Indexes { get; init; } = [];

    /// <summary>SHA-256 (64 lower-case hex) of the canonical form; part of <see cref="MissionStore.Root"/>.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Canonical())));

    /// <summary>
    /// JCS text. Names are checked ASCII without quotes, so nothing here needs escaping. What a table does not use
    /// (indexes, precision and scale) is not in it, so a declaration keeps its hash when the format learns more.
    /// </summary>
    public string Canonical()
    {
        var text = new StringBuilder("{\"columns\":[");
        for (var i = 0; i < Columns.Count; i++)
        {
            var column = Columns[i];
            text.Append(i == 0 ? "" : ",")
                .Append("{\"name\":\"").Append(column.Name)
                .Append("\",\"nullable\":").Append(Word(column.Nullable));
            if (column.Type == ColumnType.Decimal)
            {
                text.Append(",\"precision\":").Append(column.Precision).Append(",\"scale\":").Append(column.Scale);
            }

            text.Append(",\"type\":\"").Append(column.Type.Word()).Append("\"}");
        }

        text.Append(']');
        for (var i = 0; i < Indexes.Count; i++)
        {
            text.Append(i == 0 ? ",\"indexes\":[{\"columns\":" : ",{\"columns\":");
            AppendNames(text, Indexes[i].Columns);
            text.Append(",\"name\":\"").Append(Indexes[i].Name).Append("\",\"unique\":").Append(Word(Indexes[i].Unique))
                .Append(i == Indexes.Count - 1 ? "}]" : "}");
        }

        text.Append(",\"key\":");
        AppendNames(text, Key);
        return text.Append(",\"name\":\"").Append(Name)
            .Append("\",\"scope\":\"").Append(Scope == TableScope.Mission ? "mission" : "cell").Append("\"}")
            .ToString();
    }

    /// <summary>Position of a declared column.</summary>
    internal int ColumnOf(string name)
    {
        for (var i = 0; i < Columns.Count; i++)
        {
            if (Columns[i].Name == name)
            {
                return i;
            }
        }

        throw new Kernel.InvariantException($"Table '{Name}' was validated without column '{name}'.");
    }

    private static string Word(bool value) => value ? "true" : "false";

    private static void AppendNames(StringBuilder text, IReadOnlyList<string> names)
    {
        text.Append('[');
        for (var i = 0; i < names.Count; i++)
        {
            text.Append(i == 0 ? "\"" : ",\"").Append(names[i]).Append('"');
        }

        text.Append(']');
    }
}
