using Npgsql;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Somebody with superuser's rights at the tables of schema journal. Columns are read from the catalogue, so one added later is
/// tampered with too.
/// </summary>
internal sealed class TamperingHand(NpgsqlConnection connection)
{
    /// <summary>A step no existing key can meet.</summary>
    private const int FarStep = 1_000_003;

    /// <summary>Constraints, unique keys and triggers would refuse some of the changes before the verifier could see them.</summary>
    public async Task TakeOffProtectionAsync(string table)
    {
        await ExecuteAsync("set session_replication_role = replica");
        foreach (var drop in await RowsAsync($"""
            select format('alter table %s drop constraint %I cascade', conrelid::regclass, conname) from pg_constraint
             where conrelid = 'journal.{table}'::regclass and contype in ('c', 'f')
            """))
        {
            await ExecuteAsync(drop);
        }
    }

    public async Task<IReadOnlyList<TamperedColumn>> ColumnsAsync(string table) =>
        [.. (await RowsAsync($"select attname || '|' || format_type(atttypid, null) from pg_attribute where attrelid = 'journal.{table}'::regclass and attnum > 0 and not attisdropped order by attnum"))
            .Select(static row => new TamperedColumn(row.Split('|')[0], row.Split('|')[1]))];

    /// <summary>
    /// Every way of changing this column, in the first, a middle and the last row that holds a value there; and a value for the
    /// first row that holds none.
    /// </summary>
    public async Task<IReadOnlyList<Change>> ChangesAsync(string table, TamperedColumn column)
    {
        var rows = await RowsAsync($"select ctid::text from journal.{table} where {column.Quoted} is not null order by ctid");
        string[] chosen = rows.Count == 0 ? [] : [rows[0], rows[rows.Count / 2], rows[^1]];
        var empty = await RowsAsync($"select ctid::text from journal.{table} where {column.Quoted} is null order by ctid limit 1");
        return
        [
            .. chosen.Distinct().Select(static ctid => new TamperedRow(ctid)).SelectMany(row => Ways(column).Select(way => new Change(table, column, row, way))),
            .. empty.Select(ctid => new Change(table, column, new TamperedRow(ctid), Any(column))),
        ];
    }

    public async Task ApplyAsync(Change change)
    {
        // Quoted by the server, so that no value at all is a value here too.
        change.Original = (await RowsAsync($"select quote_nullable({change.Column.Quoted}::text) from journal.{change.Table} where ctid = '{change.Row.Place}'")).Single();
        change.Row.Place = await MoveAsync(change, change.Way);
    }

    public async Task UndoAsync(Change change) =>
        change.Row.Place = await MoveAsync(change, $"{change.Original}::{change.Column.Type}");

    private async Task<string> MoveAsync(Change change, string expression) =>
        (await RowsAsync($"update journal.{change.Table} set {change.Column.Quoted} = {expression} where ctid = '{change.Row.Place}' returning ctid::text")).Single();

    private static string[] Ways(TamperedColumn column)
    {
        var name = column.Quoted;
        return column.Type switch
        {
            // One bit of the first and of the last byte, and one byte less; an empty value only grows.
            "bytea" =>
            [
                $"case when octet_length({name}) = 0 then '\\x00' else set_byte({name}, 0, get_byte({name}, 0) # 1) end",
                $"case when octet_length({name}) = 0 then '\\x0000' else set_byte({name}, octet_length({name}) - 1, get_byte({name}, octet_length({name}) - 1) # 128) end",
                $"case when octet_length({name}) = 0 then '\\x000000' else substr({name}, 1, octet_length({name}) - 1) end",
            ],
            "text" =>
            [
                $"overlay({name} placing case when substr({name}, length({name}) / 2 + 1, 1) = 'a' then 'b' else 'a' end from length({name}) / 2 + 1 for 1)",
                $"{name} || ' '",
            ],
            "uuid" => [$"overlay({name}::text placing case when right({name}::text, 1) = '0' then '1' else '0' end from 36)::uuid"],
            "bigint" => [$"{name} + {FarStep}", $"-{name} - {FarStep}"],
            "integer" => [$"{name} + 1", $"-{name}"],
            "timestamp with time zone" => [$"{name} + interval '1 microsecond'", $"{name} - interval '1 day'"],
            _ => throw new InvalidOperationException($"Column {column.Name} is {column.Type}: say here how such a value is changed."),
        };
    }

    /// <summary>A value where there was none. Only payloads and their salts may be missing today.</summary>
    private static string Any(TamperedColumn column) => column.Type switch
    {
        "bytea" => "'\\x00112233445566778899aabbccddeeff'",
        _ => throw new InvalidOperationException($"Column {column.Name} is {column.Type} and may hold nothing: say here which value it could be given."),
    };

    private async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<List<string>> RowsAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }

    internal sealed record TamperedColumn(string Name, string Type)
    {
        public string Quoted => $"\"{Name}\"";
    }

    /// <summary>A row by its place in the file, which each update moves.</summary>
    internal sealed class TamperedRow(string place)
    {
        public string Place { get; set; } = place;
    }

    /// <param name="Way">The expression that makes the new value.</param>
    internal sealed record Change(string Table, TamperedColumn Column, TamperedRow Row, string Way)
    {
        public string? Original { get; set; }

        public override string ToString() => $"{Table}.{Column.Name}, once {(Original?.Length > 80 ? Original[..80] + "…" : Original)}, set to {Way}";
    }
}
