using Voxeltron.Cosmictron;

namespace Voxeltron.Tests.Unit.Cosmictron;

/// <summary>
/// What the store must do, said with a sorted map of plain values per table: keys led by the shard where a table has
/// shards. Indexes are not kept but looked for.
/// </summary>
internal sealed class StoreModel(IReadOnlyList<TableSchema> tables)
{
    private readonly SortedDictionary<object?[], object?[]>[] _rows =
        [.. tables.Select(_ => new SortedDictionary<object?[], object?[]>(new ValueOrder()))];

    public IReadOnlyList<TableSchema> Tables => tables;

    public StoreModel Copy()
    {
        var copy = new StoreModel(tables);
        for (var i = 0; i < _rows.Length; i++)
        {
            foreach (var (key, row) in _rows[i])
            {
                copy._rows[i].Add(key, row);
            }
        }

        return copy;
    }

    public IReadOnlyCollection<object?[]> Rows(int table) => _rows[table].Values;

    public IEnumerable<string?> Shards(int table) => _rows[table].Keys.Select(k => tables[table].Scope == TableScope.Cell ? (string?)k[0] : null);

    public StateStatus Put(int table, string shard, object?[] row)
    {
        var stored = RandomRows.AsStored(row, tables[table]);
        var key = Key(table, shard, stored);
        foreach (var index in tables[table].Indexes.Where(i => i.Unique))
        {
            var columns = Values(table, index.Columns, stored);
            if (!columns.Contains(null) && InShard(table, shard).Any(r =>
                new ValueOrder().Compare(Values(table, index.Columns, r.Value), columns) == 0 && new ValueOrder().Compare(r.Key, key) != 0))
            {
                return StateStatus.Conflict;
            }
        }

        _rows[table][key] = stored;
        return StateStatus.Ok;
    }

    public bool Delete(int table, string shard, object?[] row) => _rows[table].Remove(Key(table, shard, row));

    public object?[]? Get(int table, string shard, object?[] row) => _rows[table].GetValueOrDefault(Key(table, shard, row));

    /// <summary>Rows whose columns, in the order given, begin with those of <paramref name="like"/>, in that order and then by key.</summary>
    public IEnumerable<object?[]> Scan(int table, string shard, IReadOnlyList<string> columns, object?[] like, int fields) => InShard(table, shard)
        .Where(r => new ValueOrder().Compare([.. Values(table, columns, r.Value).Take(fields)], [.. Values(table, columns, like).Take(fields)]) == 0)
        .OrderBy(r => Values(table, columns, r.Value), new ValueOrder())
        .ThenBy(r => r.Key, new ValueOrder())
        .Select(r => r.Value);

    public int DropShard(string shard)
    {
        var dropped = 0;
        for (var i = 0; i < _rows.Length; i++)
        {
            foreach (var key in tables[i].Scope == TableScope.Cell ? _rows[i].Keys.Where(k => (string)k[0]! == shard).ToArray() : [])
            {
                _rows[i].Remove(key);
                dropped++;
            }
        }

        return dropped;
    }

    public int ChangesSince(StoreModel before)
    {
        var changes = 0;
        for (var i = 0; i < _rows.Length; i++)
        {
            changes += before._rows[i].Keys.Count(k => !_rows[i].ContainsKey(k));
            changes += _rows[i].Count(r => !before._rows[i].TryGetValue(r.Key, out var old) || !old.Zip(r.Value).All(p => RandomRows.Same(p.First, p.Second)));
        }

        return changes;
    }

    public object?[] Values(int table, IReadOnlyList<string> columns, object?[] row) =>
        [.. columns.Select(c => row[tables[table].Columns.ToList().FindIndex(x => x.Name == c)])];

    private object?[] Key(int table, string shard, object?[] row)
    {
        var key = Values(table, tables[table].Key, RandomRows.AsStored(row, tables[table]));
        return tables[table].Scope == TableScope.Cell ? [shard, .. key] : key;
    }

    private IEnumerable<KeyValuePair<object?[], object?[]>> InShard(int table, string shard) =>
        tables[table].Scope == TableScope.Cell ? _rows[table].Where(r => (string)r.Key[0]! == shard) : _rows[table];
}
