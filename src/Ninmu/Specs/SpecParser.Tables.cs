using System.Text.Json;

namespace Voxeltron.Ninmu;

internal sealed partial class SpecParser
{
    private static readonly string[] ColumnTypes = ["int64", "float64", "bool", "text", "bytes"];

    private void Tables(JsonElement root)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var table in _read.Array(root, "", "tables", SpecLimits.Tables))
        {
            var path = $"tables[{index++}]";
            if (!_read.IsObject(table, path, ["name", "columns", "key", "scope"]))
            {
                continue;
            }

            var name = SqlName(table, path, names);
            var columns = Columns(table, path, out var declared);
            var key = Key(table, path, columns, declared);
            var scope = _read.Text(table, path, "scope") ?? "mission";
            if (scope == "cell")
            {
                _read.Refuse(SpecReader.Join(path, "scope"), SpecCodes.Unsupported, "Scope 'cell' is not available in v0-draft; use 'mission'.");
            }
            else if (scope != "mission")
            {
                _read.Refuse(SpecReader.Join(path, "scope"), SpecCodes.UnknownType, $"'{scope}' is no scope; use 'mission'.");
            }

            _tables.Add(new SpecTable(name ?? "", columns, key, scope));
        }
    }

    private List<SpecColumn> Columns(JsonElement table, string path, out HashSet<string> declared)
    {
        declared = new HashSet<string>(StringComparer.Ordinal);
        var columns = new List<SpecColumn>();
        var index = 0;
        foreach (var column in _read.Array(table, path, "columns", SpecLimits.ColumnsPerTable, required: true))
        {
            var at = $"{path}.columns[{index++}]";
            if (!_read.IsObject(column, at, ["name", "type", "nullable"]))
            {
                continue;
            }

            var name = SqlName(column, at, declared);
            var type = _read.Text(column, at, "type", required: true);
            if (type is not null && !ColumnTypes.Contains(type))
            {
                _read.Refuse(SpecReader.Join(at, "type"), SpecCodes.UnknownType, $"'{type}' is no column type; use {string.Join(", ", ColumnTypes)}.");
            }

            columns.Add(new SpecColumn(name ?? "", type ?? "", _read.Boolean(column, at, "nullable")));
        }

        return columns;
    }

    private List<string> Key(JsonElement table, string path, List<SpecColumn> columns, HashSet<string> declared)
    {
        var key = new List<string>();
        var index = 0;
        foreach (var element in _read.Array(table, path, "key", SpecLimits.KeyColumns, required: true))
        {
            var at = $"{path}.key[{index++}]";
            if (!_read.Is(element, at, JsonValueKind.String, "a string"))
            {
                continue;
            }

            var name = element.GetString()!;
            if (!declared.Contains(name))
            {
                _read.Refuse(at, SpecCodes.UnknownColumn, $"'{name}' is no column of this table.");
            }
            else if (key.Contains(name))
            {
                _read.Refuse(at, SpecCodes.Duplicate, $"'{name}' is named twice.");
            }
            else if (columns.Find(c => c.Name == name) is { Nullable: true })
            {
                _read.Refuse(at, SpecCodes.NullableKey, $"'{name}' is nullable; a key column cannot be.");
            }

            key.Add(name);
        }

        return key;
    }

    /// <summary>A table or column name: an identifier that needs no quotes in SQL, unique among <paramref name="taken"/>.</summary>
    private string? SqlName(JsonElement parent, string path, HashSet<string> taken)
    {
        var name = _read.Text(parent, path, "name", required: true);
        path = SpecReader.Join(path, "name");
        if (name is null)
        {
            return null;
        }

        var valid = name.Length is > 0 and <= SpecLimits.SqlNameLength && char.IsAsciiLetterLower(name[0]);
        foreach (var c in name)
        {
            valid &= char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_';
        }

        if (!valid)
        {
            _read.Refuse(path, SpecCodes.BadName, $"It must be [a-z][a-z0-9_]* of at most {SpecLimits.SqlNameLength} characters.");
        }
        else if (!taken.Add(name))
        {
            _read.Refuse(path, SpecCodes.Duplicate, $"'{name}' is declared twice.");
        }

        return name;
    }
}
