using Superpower.Model;

namespace Voxeltron.Cosmictron;

/// <summary>The names a select can use: columns of its sources, in the order of the plan's row.</summary>
internal sealed class Scope
{
    private readonly List<(string? Qualifier, ViewColumn Column)> _columns = [];

    public int Count => _columns.Count;

    public IReadOnlyList<ViewColumn> Columns => [.. _columns.Select(static column => column.Column)];

    public void Add(string? qualifier, IEnumerable<ViewColumn> columns) => _columns.AddRange(columns.Select(column => (qualifier, column)));

    /// <summary>Columns from this one on are of the outer side of a left join.</summary>
    public void MakeNullable(int from)
    {
        for (var i = from; i < _columns.Count; i++)
        {
            _columns[i] = (_columns[i].Qualifier, _columns[i].Column with { Nullable = true });
        }
    }

    public bool HasQualifier(string qualifier) => _columns.Any(column => column.Qualifier == qualifier);

    public ColumnExpression Find(SqlName name)
    {
        var found = -1;
        for (var i = 0; i < _columns.Count; i++)
        {
            if (_columns[i].Column.Name != name.Name || (name.Qualifier is not null && _columns[i].Qualifier != name.Qualifier))
            {
                continue;
            }

            found = found < 0 ? i : throw new ViewSqlException(name.At, $"column '{name.Name}' is in more than one source: write source.{name.Name}");
        }

        return found >= 0 ? At(found) : throw Unknown(name);
    }

    public ColumnExpression At(int position) => new(position, _columns[position].Column.Type, _columns[position].Column.Nullable);

    /// <summary>Positions of all columns, or of one source's.</summary>
    public IEnumerable<int> Star(Position at, string? qualifier)
    {
        if (qualifier is not null && !HasQualifier(qualifier))
        {
            throw new ViewSqlException(at, $"there is no source '{qualifier}' here");
        }

        return Enumerable.Range(0, _columns.Count).Where(i => qualifier is null || _columns[i].Qualifier == qualifier);
    }

    private ViewSqlException Unknown(SqlName name)
    {
        if (name.Qualifier is { } qualifier && !HasQualifier(qualifier))
        {
            return new ViewSqlException(name.At, $"there is no source '{qualifier}' here");
        }

        var known = string.Join(", ", _columns.Where(column => name.Qualifier is null || column.Qualifier == name.Qualifier).Select(static column => column.Column.Name).Distinct());
        return new ViewSqlException(name.At, $"there is no column '{name.Name}' here; there are {known}");
    }
}
