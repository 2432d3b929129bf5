using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>A view's SQL, typed and bound to a mission's tables. Immutable.</summary>
public sealed class BoundView
{
    private BoundView(string name, string sql, bool isPublished, Plan plan)
    {
        Name = name;
        Sql = sql;
        IsPublished = isPublished;
        Plan = plan;
        Columns = [.. plan.Columns.Select(static column => new Column(
            column.Name, column.Type.Type, column.Nullable, column.Type.Type == ColumnType.Decimal ? Column.MaxPrecision : 0, column.Type.Scale))];
    }

    public string Name { get; }

    public string Sql { get; }

    /// <summary>Its changes are written down for people to follow.</summary>
    public bool IsPublished { get; }

    /// <summary>A row's fields, in order.</summary>
    public IReadOnlyList<Column> Columns { get; }

    internal Plan Plan { get; }

    /// <exception cref="ViewSqlException">Where and why the SQL is no view of these tables.</exception>
    public static BoundView Bind(string name, string sql, bool isPublished, IReadOnlyList<TableSchema> tables)
    {
        if (sql.Contains('\0', StringComparison.Ordinal))
        {
            throw new ViewSqlException(Superpower.Model.Position.Zero, "it holds U+0000, which no text in Postgres can");
        }

        // Before it is read: what a tokenizer does with a long text is its own.
        var bytes = Encoding.UTF8.GetByteCount(sql);
        return bytes <= Limits.ViewSqlBytes
            ? new BoundView(name, sql, isPublished, Binder.Read(sql, tables))
            : throw new ViewSqlException(Superpower.Model.Position.Zero, $"it has {bytes} bytes; at most {Limits.ViewSqlBytes} are allowed");
    }

    /// <summary>Whether it has a value before any row was written, as every mission begins: a quotient by <c>count(*)</c> has none.</summary>
    /// <returns>Why not.</returns>
    public ViewRefusal? RefusalWhenEmpty(IReadOnlyList<TableSchema> tables)
    {
        var store = new MissionStore(tables, StoreLimits.Default);
        return new Circuit(store.Tables, [(Name, Plan)], new CircuitLimits(long.MaxValue, MissionViews.BatchBytes)).Load() is { } fault ? ViewRefusal.Of(fault) : null;
    }

    /// <summary>The plan, one operator a line, the last one first.</summary>
    public string Explain() => Plan.Explain();
}
