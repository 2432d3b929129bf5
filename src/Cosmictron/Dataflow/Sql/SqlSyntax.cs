using Superpower.Model;

namespace Voxeltron.Cosmictron;

// A view's SQL as it was written, names not looked up yet. Every node knows its place, for whoever refuses it.
internal abstract record SqlExpression(Position At);

internal sealed record SqlName(Position At, string? Qualifier, string Name) : SqlExpression(At);

/// <summary>A source's column that a <c>*</c> stands for.</summary>
internal sealed record SqlPosition(Position At, int Column) : SqlExpression(At);

internal sealed record SqlNumber(Position At, string Text) : SqlExpression(At);

internal sealed record SqlText(Position At, string Text) : SqlExpression(At);

/// <param name="Value">Null: the null.</param>
internal sealed record SqlBoolean(Position At, bool? Value) : SqlExpression(At);

/// <param name="Operator"><c>not</c> or <c>-</c>.</param>
internal sealed record SqlUnary(Position At, string Operator, SqlExpression Argument) : SqlExpression(At);

internal sealed record SqlBinary(Position At, string Operator, SqlExpression Left, SqlExpression Right) : SqlExpression(At);

internal sealed record SqlIsNull(Position At, SqlExpression Argument, bool Negated) : SqlExpression(At);

internal sealed record SqlBetween(Position At, SqlExpression Argument, SqlExpression Low, SqlExpression High, bool Negated) : SqlExpression(At);

internal sealed record SqlIn(Position At, SqlExpression Argument, IReadOnlyList<SqlExpression> Values, bool Negated) : SqlExpression(At);

/// <param name="Over">Set for a window function.</param>
internal sealed record SqlCall(Position At, string Name, bool Distinct, bool Star, IReadOnlyList<SqlExpression> Arguments, SqlWindow? Over) : SqlExpression(At);

internal sealed record SqlWindow(IReadOnlyList<SqlExpression> Partition, IReadOnlyList<SqlOrder> Order);

internal sealed record SqlCase(Position At, SqlExpression? Operand, IReadOnlyList<(SqlExpression When, SqlExpression Then)> Branches, SqlExpression? Else) : SqlExpression(At);

internal sealed record SqlCast(Position At, SqlExpression Argument, SqlTypeName Type) : SqlExpression(At);

internal sealed record SqlTypeName(Position At, string Name, IReadOnlyList<string> Numbers);

internal sealed record SqlOrder(SqlExpression By, bool Descending, bool? NullsFirst);

/// <param name="Expression">Null: <c>*</c>, or <c>qualifier.*</c>.</param>
internal sealed record SqlItem(Position At, SqlExpression? Expression, string? Qualifier, string? Alias);

internal abstract record SqlSource(Position At, string? Alias);

internal sealed record SqlTable(Position At, string Name, string? Alias) : SqlSource(At, Alias);

internal sealed record SqlSubquery(Position At, SqlQuery Query, string? Alias) : SqlSource(At, Alias);

internal sealed record SqlJoin(Position At, bool Outer, SqlSource Source, SqlExpression On);

internal sealed record SqlSelect(
    Position At, bool Distinct, IReadOnlyList<SqlItem> Items, SqlSource From, IReadOnlyList<SqlJoin> Joins, SqlExpression? Where, IReadOnlyList<SqlExpression> GroupBy, SqlExpression? Having);

/// <param name="Parts">One, or all parts of a union all; each a select or a query in parentheses.</param>
internal sealed record SqlQuery(Position At, IReadOnlyList<SqlPart> Parts, IReadOnlyList<SqlOrder> Order, string? Limit);

internal sealed record SqlPart(SqlSelect? Select, SqlQuery? Query);
