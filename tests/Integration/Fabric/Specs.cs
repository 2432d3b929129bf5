namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>Small mission specs around one module, with the tables the test guests write to.</summary>
internal static class Specs
{
    /// <param name="fuel">Units one delivery may burn; small ones end an endless loop soon.</param>
    /// <param name="slice">Units after which a task is redelivered as long; null: the default.</param>
    public static string Mapped(string module, string name, int attempts = 3, long fuel = 10_000_000_000, long? slice = null) =>
        $$$"""
        {"spec": "v1", "name": "{{{name}}}", "inputs": {"requests": {"max_items": 1000}},
         "profiles": {"default": {"memory_limit_bytes": 4194304, "fuel_per_action": {{{fuel}}}, "fuel_slice": {{{slice ?? Math.Min(fuel, 20_000_000)}}}}},
         "tables": [{"name": "item", "key": ["id"], "scope": "mission", "columns": [
           {"name": "id", "type": "text"}, {"name": "amount", "type": "int64"}, {"name": "ratio", "type": "float64"}]},
          {"name": "typed", "key": ["id"], "columns": [
           {"name": "id", "type": "text"}, {"name": "price", "type": "decimal", "precision": 7, "scale": 2}, {"name": "at", "type": "timestamp"}, {"name": "doc", "type": "json"}],
           "indexes": [{"name": "one_price", "columns": ["price"], "unique": true}, {"name": "by_at", "columns": ["at"]}]},
          {"name": "own", "key": ["id"], "scope": "cell", "columns": [{"name": "id", "type": "text"}]},
          {"name": "brim", "key": ["id"], "columns": [{"name": "id", "type": "int64"}, {"name": "body", "type": "text"}]}],
         "views": [{"name": "amounts", "sql": "select amount, count(*) as items from item group by amount"}],
         "tasks": [{"id": "work", "module": "{{{module}}}", "map": "requests", "retry": {"max_attempts": {{{attempts}}}, "backoff_ms": 10}}]}
        """;
}
