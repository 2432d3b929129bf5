using Voxeltron.Cosmictron;

namespace Voxeltron.Tests.Integration.Views;

/// <summary>
/// Random SQL of the subset that views know, in words Postgres takes too. Divisors are guarded and numbers small: which rows
/// an error of a row reaches is the planner's choice there, and tested by itself.
/// </summary>
internal sealed class RandomView(Random random, IReadOnlyList<TableSchema> tables)
{
    private sealed record Name(string Sql, ColumnType Type);

    private const string Places = "0123456789";

    private int _aliases;

    public string Sql() => random.Next(8) switch
    {
        0 => Listed(distinct: true),
        1 or 2 => Joined(),
        3 or 4 => Grouped(),
        5 => $"{Simple()} union all {(random.Next(2) == 0 ? Simple() : $"({Simple()})")}",
        6 => Top(),
        _ => Listed(distinct: false),
    };

    private TableSchema Table() => tables[random.Next(tables.Count)];

    private static List<Name> Names(TableSchema table, string alias) => [.. table.Columns.Select(column => new Name($"{alias}.{column.Name}", column.Type))];

    private string Alias() => $"s{_aliases++}";

    private string Listed(bool distinct)
    {
        var (from, names) = Source();
        var list = Enumerable.Range(0, random.Next(1, 4)).Select(i => $"{(distinct ? Comparable(names, 2) : Any(names, 3))} as x{i}");
        return $"select {(distinct ? "distinct " : "")}{string.Join(", ", list)} from {from}{Where(names)}";
    }

    /// <summary>Two columns of fixed types.</summary>
    private string Simple()
    {
        var (from, names) = Source();
        return $"select {Expression(names, ColumnType.Int64, 2)} as a, {Expression(names, ColumnType.Text, 1)} as b from {from}{Where(names)}";
    }

    private (string From, List<Name> Names) Source()
    {
        var alias = Alias();
        if (random.Next(4) > 0)
        {
            var table = Table();
            return ($"{table.Name} {alias}", Names(table, alias));
        }

        var inner = Alias();
        var source = Table();
        var names = Names(source, inner);
        return ($"(select {Expression(names, ColumnType.Int64, 2)} as p, {Expression(names, ColumnType.Text, 2)} as q, {inner}.ref as ref from {source.Name} {inner}{Where(names)}) {alias}",
            [new Name($"{alias}.p", ColumnType.Int64), new Name($"{alias}.q", ColumnType.Text), new Name($"{alias}.ref", ColumnType.Int64)]);
    }

    private (string From, List<Name> Names) Pair()
    {
        var (left, leftNames) = Source();
        var (right, rightNames) = Source();
        var outer = random.Next(2) == 0;
        var on = $"{Int(leftNames)} = {Int(rightNames)}";
        if (random.Next(3) == 0)
        {
            on += $" and {Condition(rightNames, 1)}";
        }

        if (!outer && random.Next(3) == 0)
        {
            on += $" and {Condition([.. leftNames, .. rightNames], 1)}";
        }

        return ($"{left} {(outer ? "left join" : "join")} {right} on {on}", [.. leftNames, .. rightNames]);
    }

    private string Int(List<Name> names) => Pick(names, ColumnType.Int64)!;

    private string Joined()
    {
        var (from, names) = Pair();
        if (random.Next(3) == 0)
        {
            var (third, thirdNames) = Source();
            from += $" {(random.Next(2) == 0 ? "left join" : "join")} {third} on {Int(names)} = {Int(thirdNames)}";
            names = [.. names, .. thirdNames];
        }

        var list = Enumerable.Range(0, random.Next(1, 4)).Select(i => $"{Any(names, 2)} as x{i}");
        return $"select {string.Join(", ", list)} from {from}{Where(names)}";
    }

    private string Grouped()
    {
        var (from, names) = random.Next(2) == 0 ? Pair() : Source();
        var groups = Enumerable.Range(0, random.Next(3)).Select(_ => Comparable(names, 1)).ToList();
        var list = groups.Select(static (group, i) => $"{group} as g{i}").Concat(Enumerable.Range(0, random.Next(1, 4)).Select(i => $"{Aggregate(names)} as a{i}"));
        var having = random.Next(3) == 0 ? $" having count(*) {Sign()} {random.Next(4)}" : "";
        return $"select {string.Join(", ", list)} from {from}{Where(names)}{(groups.Count == 0 ? "" : " group by " + string.Join(", ", groups.Select(static (_, i) => (i + 1).ToString())))}{having}";
    }

    private string Aggregate(List<Name> names) => random.Next(7) switch
    {
        0 => "count(*)",
        1 => $"count({Comparable(names, 1)})",
        2 => $"sum({Expression(names, ColumnType.Int64, 2)})",
        3 => $"round(avg({Expression(names, ColumnType.Int64, 1)}), {Places[random.Next(6)]})",
        4 => $"{Extreme()}({Expression(names, random.Next(2) == 0 ? ColumnType.Int64 : ColumnType.Text, 1)})",
        5 when Pick(names, ColumnType.Decimal) is { } money => random.Next(3) switch { 0 => $"sum({money})", 1 => $"round(avg({money}), {Places[random.Next(6)]})", _ => $"{Extreme()}({money})" },
        _ when Pick(names, ColumnType.Float64) is { } number => $"{Extreme()}({number})",
        _ => "count(*) + 1",
    };

    private string Extreme() => random.Next(2) == 0 ? "min" : "max";

    private string Top()
    {
        var table = Table();
        var alias = Alias();
        var names = Names(table, alias);
        var key = string.Join(", ", table.Key.Select(name => $"{alias}.{name}{(random.Next(2) == 0 ? " desc" : "")}"));
        var by = Enumerable.Range(0, random.Next(3)).Select(_ => Comparable(names, 1) + random.Next(6) switch { 0 => " desc", 1 => " desc nulls last", 2 => " nulls first", _ => "" }).ToList();
        if (random.Next(3) == 0)
        {
            // A limit takes the list's own columns.
            var ordered = table.Columns.Where(static column => column.Type != ColumnType.Json).Select(static column => column.Name).ToList();
            return $"select {string.Join(", ", ordered)} from {table.Name} {alias}{Where(names)} order by {ordered[random.Next(ordered.Count)]}{(random.Next(2) == 0 ? " desc" : "")}, {string.Join(", ", table.Key)} limit {random.Next(1, 6)}";
        }

        var partition = random.Next(3) > 0 ? $"partition by {Comparable(names, 1)} " : "";
        var columns = string.Join(", ", table.Key.Select(name => $"{alias}.{name}"));
        return $"select {string.Join(", ", table.Key)}{(random.Next(2) == 0 ? ", n" : "")} from (select {columns}, row_number() over ({partition}order by {string.Join(", ", by.Append(key))}) as n from {table.Name} {alias}{Where(names)}) r where n {(random.Next(2) == 0 ? "<=" : "<")} {random.Next(2, 5)}";
    }

    private string Where(List<Name> names) => random.Next(2) == 0 ? "" : $" where {Condition(names, 2)}";

    private string Sign() => (string[])["=", "<>", "<", "<=", ">", ">="] is var signs ? signs[random.Next(signs.Length)] : "";

    private string Condition(List<Name> names, int depth)
    {
        switch (random.Next(depth > 0 ? 9 : 4))
        {
            case 0 when Pick(names, ColumnType.Bool) is { } truth:
                return truth;
            case 1:
                return $"{names[random.Next(names.Count)].Sql} is {(random.Next(2) == 0 ? "not " : "")}null";
            case 2:
                return $"{Expression(names, ColumnType.Int64, depth - 1)} {(random.Next(3) == 0 ? "not " : "")}in ({random.Next(5)}, -1, {Expression(names, ColumnType.Int64, 0)})";
            case 5:
                return $"({Condition(names, depth - 1)} and {Condition(names, depth - 1)})";
            case 6:
                return $"({Condition(names, depth - 1)} or {Condition(names, depth - 1)})";
            case 7:
                return $"not {Condition(names, depth - 1)}";
            case 8:
                return $"{Expression(names, ColumnType.Int64, 1)} between {random.Next(-3, 2)} and {Expression(names, ColumnType.Int64, 0)}";
            default:
                var type = (ColumnType[])[ColumnType.Int64, ColumnType.Float64, ColumnType.Text, ColumnType.Decimal, ColumnType.Timestamp, ColumnType.Bytes, ColumnType.Bool] is var types ? types[random.Next(types.Length)] : default;
                return $"({Expression(names, type, depth - 1)} {Sign()} {Expression(names, type, depth - 1)})";
        }
    }

    private string? Pick(List<Name> names, ColumnType type) =>
        names.Where(name => name.Type == type).ToList() is { Count: > 0 } found ? found[random.Next(found.Count)].Sql : null;

    private string Any(List<Name> names, int depth) => random.Next(12) == 0 && Pick(names, ColumnType.Json) is { } json ? json : Comparable(names, depth);

    private string Comparable(List<Name> names, int depth) => random.Next(9) switch
    {
        0 => Expression(names, ColumnType.Float64, depth),
        1 => Expression(names, ColumnType.Decimal, depth),
        2 => Expression(names, ColumnType.Bool, depth),
        3 or 4 => Expression(names, ColumnType.Text, depth),
        5 => Expression(names, ColumnType.Timestamp, depth),
        6 => Expression(names, ColumnType.Bytes, depth),
        _ => Expression(names, ColumnType.Int64, depth),
    };

    private string Expression(List<Name> names, ColumnType type, int depth)
    {
        var column = Pick(names, type);
        if (depth <= 0 || random.Next(3) == 0)
        {
            return column is not null && random.Next(5) > 0 ? column : Constant(names, type);
        }

        if (random.Next(5) == 0)
        {
            return $"case when {Condition(names, depth - 1)} then {Expression(names, type, depth - 1)}{(random.Next(2) == 0 ? "" : $" else {Expression(names, type, depth - 1)}")} end";
        }

        if (random.Next(6) == 0)
        {
            return $"{(string[])["coalesce", "greatest", "least"] switch { var functions => functions[random.Next(functions.Length)] }}({Expression(names, type, depth - 1)}, {Expression(names, type, depth - 1)})";
        }

        string Inner() => Expression(names, type, depth - 1);
        string Guarded(string sign) => Inner() is var divisor ? $"case when {divisor} <> 0 then {Inner()} {sign} {divisor} end" : "";
        return (type, random.Next(6)) switch
        {
            (ColumnType.Int64, 0) => $"({Inner()} + {Inner()})",
            (ColumnType.Int64, 1) => $"({Inner()} - {Inner()})",
            (ColumnType.Int64, 2) => $"(-{Inner()})",
            (ColumnType.Int64, 3) => $"length({Expression(names, ColumnType.Text, depth - 1)})",
            (ColumnType.Int64, 4) => Guarded(random.Next(2) == 0 ? "/" : "%"),
            (ColumnType.Int64, _) => $"abs({Inner()})",
            (ColumnType.Float64, 0) => $"({Inner()} + {Inner()})",
            (ColumnType.Float64, 1) => $"({Inner()} * {Inner()})",
            (ColumnType.Float64, 2) => $"cast({Expression(names, ColumnType.Int64, depth - 1)} as double precision)",
            (ColumnType.Float64, 3) => Guarded("/"),
            (ColumnType.Decimal, 0) => $"({Inner()} + {Inner()})",
            (ColumnType.Decimal, 1) => $"({Inner()} * {random.Next(1, 9)}.{random.Next(1, 9)})",
            (ColumnType.Decimal, 2) => $"round({Inner()}, {random.Next(5)})",
            (ColumnType.Decimal, 3) => $"cast({Expression(names, ColumnType.Int64, depth - 1)} as numeric(20,{random.Next(4)}))",
            (ColumnType.Decimal, 4) => Inner() is var divisor ? $"case when {divisor} <> 0 then round({Inner()} / {divisor}, {random.Next(8)}) end" : "",
            (ColumnType.Text, 0) => $"({Inner()} || {Inner()})",
            (ColumnType.Text, 1) => $"cast({Expression(names, ColumnType.Int64, depth - 1)} as text)",
            (ColumnType.Text, 2) => $"nullif({Inner()}, {Inner()})",
            (ColumnType.Bool, _) => $"({Condition(names, depth - 1)})",
            _ => column ?? Constant(names, type),
        };
    }

    private string Constant(List<Name> names, ColumnType type) => type switch
    {
        ColumnType.Int64 => $"cast({random.Next(-3, 6)} as bigint)",
        ColumnType.Float64 => $"cast({random.Next(-2, 3)}.5 as double precision)",
        ColumnType.Bool => random.Next(2) == 0 ? "true" : "false",
        ColumnType.Text => $"'{(string[])["a", "ab", "", "x"] switch { var texts => texts[random.Next(texts.Length)] }}'::text",
        ColumnType.Decimal => $"cast({random.Next(9)}.{random.Next(99)} as numeric(10,2))",
        ColumnType.Timestamp => "cast('2026-05-28T20:26:40Z' as timestamptz)",
        _ => Pick(names, ColumnType.Bytes) ?? "cast(null as bytea)",
    };
}
