using System.Text;
using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

internal sealed partial class SpecParser
{
    private static readonly string[] ColumnTypes = ["int64", "float64", "bool", "text", "bytes", "decimal", "timestamp", "json"];

    // Of tables and views: SQL that people write over both must not be able to mean either.
    private readonly HashSet<string> _relations = new(StringComparer.Ordinal);

    private void Tables(JsonElement root)
    {
        var index = 0;
        foreach (var table in _read.Array(root, "", "tables", SpecLimits.Tables))
        {
            var path = $"tables[{index++}]";
            if (!_read.IsObject(table, path, ["name", "columns", "key", "scope", "indexes"]))
            {
                continue;
            }

            var name = SqlName(table, path, _relations);
            var columns = Columns(table, path, out var declared);
            var key = Named(table, path, "key", columns, declared);
            RefuseNullable(key, path, columns);
            var scope = _read.Text(table, path, "scope") ?? "mission";
            if (scope is not ("mission" or "cell"))
            {
                _read.Refuse(SpecReader.Join(path, "scope"), SpecCodes.UnknownType, $"'{scope}' is no scope; use mission or cell.");
            }

            _tables.Add(new SpecTable(name ?? "", columns, key, scope, Indexes(table, path, columns, declared)));
        }
    }

    /// <summary>Whether the SQL is a view of the tables, the store says: this library does not read it.</summary>
    private void Views(JsonElement root)
    {
        var index = 0;
        foreach (var view in _read.Array(root, "", "views", SpecLimits.Views))
        {
            var path = $"views[{index++}]";
            if (!_read.IsObject(view, path, ["name", "sql", "published"]))
            {
                continue;
            }

            var name = SqlName(view, path, _relations);
            var sql = _read.Text(view, path, "sql", required: true);
            if (sql is not null && Encoding.UTF8.GetByteCount(sql) is var bytes and (0 or > Limits.ViewSqlBytes))
            {
                _read.Refuse(SpecReader.Join(path, "sql"), SpecCodes.OutOfRange, $"It has {bytes} bytes; allowed are 1 to {Limits.ViewSqlBytes}.");
            }

            _views.Add(new SpecView(name ?? "", sql ?? "", _read.Boolean(view, path, "published")));
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
            if (!_read.IsObject(column, at, ["name", "type", "nullable", "precision", "scale"]))
            {
                continue;
            }

            var name = SqlName(column, at, declared);
            var type = _read.Text(column, at, "type", required: true);
            if (type is not null && !ColumnTypes.Contains(type))
            {
                _read.Refuse(SpecReader.Join(at, "type"), SpecCodes.UnknownType, $"'{type}' is no column type; use {string.Join(", ", ColumnTypes)}.");
            }

            var (precision, scale) = Digits(column, at, type);
            columns.Add(new SpecColumn(name ?? "", type ?? "", _read.Boolean(column, at, "nullable"), precision, scale));
        }

        return columns;
    }

    /// <summary>A decimal says both; no other type says either.</summary>
    private (int Precision, int Scale) Digits(JsonElement column, string path, string? type)
    {
        if (type == "decimal")
        {
            var precision = _read.Integer(column, path, "precision", 1, SpecLimits.DecimalPrecision, required: true);
            var scale = _read.Integer(column, path, "scale", 0, precision ?? SpecLimits.DecimalPrecision, required: true);
            return ((int)(precision ?? 0), (int)(scale ?? 0));
        }

        foreach (var member in (ReadOnlySpan<string>)["precision", "scale"])
        {
            if (type is not null && column.TryGetProperty(member, out _))
            {
                _read.Refuse(SpecReader.Join(path, member), SpecCodes.NotDecimal, $"Only a decimal has a {member}; this column is {type}.");
            }
        }

        return (0, 0);
    }

    private List<SpecIndex> Indexes(JsonElement table, string path, List<SpecColumn> columns, HashSet<string> declared)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var indexes = new List<SpecIndex>();
        var position = 0;
        foreach (var index in _read.Array(table, path, "indexes", SpecLimits.IndexesPerTable))
        {
            var at = $"{path}.indexes[{position++}]";
            if (_read.IsObject(index, at, ["name", "columns", "unique"]))
            {
                var name = SqlName(index, at, names);
                indexes.Add(new SpecIndex(name ?? "", Named(index, at, "columns", columns, declared), _read.Boolean(index, at, "unique")));
            }
        }

        return indexes;
    }

    /// <summary>Columns named in the order a key or an index has them.</summary>
    private List<string> Named(JsonElement parent, string path, string member, List<SpecColumn> columns, HashSet<string> declared)
    {
        var named = new List<string>();
        var index = 0;
        foreach (var element in _read.Array(parent, path, member, SpecLimits.KeyColumns, required: true))
        {
            var at = $"{SpecReader.Join(path, member)}[{index++}]";
            if (!_read.Is(element, at, JsonValueKind.String, "a string"))
            {
                continue;
            }

            var name = element.GetString()!;
            if (!declared.Contains(name))
            {
                _read.Refuse(at, SpecCodes.UnknownColumn, $"'{name}' is no column of this table.");
            }
            else if (named.Contains(name))
            {
                _read.Refuse(at, SpecCodes.Duplicate, $"'{name}' is named twice.");
            }
            else if (columns.Find(c => c.Name == name) is { Type: "json" })
            {
                _read.Refuse(at, SpecCodes.JsonKey, $"'{name}' is json, which has no order; a key or an index cannot hold it.");
            }

            named.Add(name);
        }

        return named;
    }

    private void RefuseNullable(List<string> key, string path, List<SpecColumn> columns)
    {
        for (var i = 0; i < key.Count; i++)
        {
            // A column named twice was refused for that.
            if (key.IndexOf(key[i]) == i && columns.Find(c => c.Name == key[i]) is { Nullable: true })
            {
                _read.Refuse($"{path}.key[{i}]", SpecCodes.NullableKey, $"'{key[i]}' is nullable; a key column cannot be.");
            }
        }
    }

    /// <summary>A table, column or index name: an identifier that needs no quotes in SQL, unique among <paramref name="taken"/>.</summary>
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
