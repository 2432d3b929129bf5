namespace Voxeltron.Cosmictron;

public sealed partial record TableSchema
{
    /// <exception cref="SchemaException">The first rule broken, by name.</exception>
    public void Validate()
    {
        Require(IsName(Name), $"table name '{Name}' is not [a-z][a-z0-9_]* of at most {MaxNameLength} characters");
        Require(Scope is TableScope.Mission or TableScope.Cell, "has no known scope");
        Require(Columns.Count is > 0 and <= MaxColumns, $"has {Columns.Count} columns; allowed are 1 to {MaxColumns}");
        Require(Key.Count is > 0 and <= MaxKeyColumns, $"has {Key.Count} key columns; allowed are 1 to {MaxKeyColumns}");
        Require(Indexes.Count <= MaxIndexes, $"has {Indexes.Count} indexes; allowed are 0 to {MaxIndexes}");

        var columns = new Dictionary<string, Column>(StringComparer.Ordinal);
        foreach (var column in Columns)
        {
            Validate(column);
            Require(columns.TryAdd(column.Name, column), $"column '{column.Name}' is declared twice");
        }

        ValidateOrder("key column", Key, columns);
        foreach (var name in Key)
        {
            Require(!columns[name].Nullable, $"key column '{name}' is nullable");
        }

        var indexes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var index in Indexes)
        {
            Require(IsName(index.Name), $"index name '{index.Name}' is not [a-z][a-z0-9_]* of at most {MaxNameLength} characters");
            Require(indexes.Add(index.Name), $"index '{index.Name}' is declared twice");
            Require(index.Columns.Count is > 0 and <= MaxKeyColumns, $"index '{index.Name}' has {index.Columns.Count} columns; allowed are 1 to {MaxKeyColumns}");
            ValidateOrder($"index '{index.Name}' column", index.Columns, columns);
        }
    }

    private void Validate(Column column)
    {
        Require(IsName(column.Name), $"column name '{column.Name}' is not [a-z][a-z0-9_]* of at most {MaxNameLength} characters");
        Require(column.Type is >= ColumnType.Int64 and <= ColumnType.Json, $"column '{column.Name}' has no known type");
        if (column.Type == ColumnType.Decimal)
        {
            Require(column.Precision is >= 1 and <= Column.MaxPrecision, $"column '{column.Name}' has precision {column.Precision}; allowed are 1 to {Column.MaxPrecision}");
            Require(column.Scale >= 0 && column.Scale <= column.Precision, $"column '{column.Name}' has scale {column.Scale}; allowed are 0 to its precision, {column.Precision}");
        }
        else
        {
            Require(column is { Precision: 0, Scale: 0 }, $"column '{column.Name}' is no decimal and has a precision or scale");
        }
    }

    private void ValidateOrder(string what, IReadOnlyList<string> names, Dictionary<string, Column> columns)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            Require(columns.TryGetValue(name, out var column), $"{what} '{name}' is not declared");
            Require(column!.Type != ColumnType.Json, $"{what} '{name}' is json, which has no order");
            Require(seen.Add(name), $"{what} '{name}' is named twice");
        }
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
