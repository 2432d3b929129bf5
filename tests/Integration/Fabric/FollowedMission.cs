namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>Missions of guest <c>follow</c>: some tasks write rows, others follow a view of them, people read it.</summary>
internal static class FollowedMission
{
    public const string AllSql = "select grp, max(amount) as amount, count(*) as entries from entry group by grp";
    public const string HighSql = "select grp, max(amount) as amount, count(*) as entries from entry where amount >= 50 group by grp";

    public static string Spec(string module, string name, string sql = AllSql, int attempts = 10) => $$$"""
        {"spec": "v1", "name": "{{{name}}}", "inputs": {"requests": {"max_items": 1000}, "closing": {"single": true}},
         "tables": [
           {"name": "entry", "key": ["id"], "columns": [{"name": "id", "type": "int64"}, {"name": "grp", "type": "text"}, {"name": "amount", "type": "int64"}]},
           {"name": "seen", "key": ["task", "grp", "amount", "entries"], "columns": [{"name": "task", "type": "text"}, {"name": "grp", "type": "text"},
             {"name": "amount", "type": "int64"}, {"name": "entries", "type": "int64"}, {"name": "weight", "type": "int64"}]},
           {"name": "follower", "key": ["task"], "columns": [{"name": "task", "type": "text"}, {"name": "grp", "type": "text"}, {"name": "mode", "type": "text"},
             {"name": "until", "type": "int64"}, {"name": "deltas", "type": "int64"}]}],
         "views": [{"name": "sums", "sql": "{{{sql}}}", "published": true}],
         "tasks": [{"id": "part", "module": "{{{module}}}", "map": "requests", "retry": {"max_attempts": {{{attempts}}}, "backoff_ms": 10}},
           {"id": "close", "module": "{{{module}}}", "input": "closing"}]}
        """;

    /// <summary>What the view's SQL gives for the rows that the log says were written, as Postgres computes it.</summary>
    public static string Oracle(Guid mission, string where = "true") => $"""
        with written as (
            select e.seq, w.value as write
              from journal.entry e, json_array_elements(convert_from(e.payload, 'UTF8')::json -> 'writes') w
             where e.stream_id = '{mission}' and e.kind = 'action' and w.value ->> 'table' = 'entry'),
        last as (
            select distinct on (id) id, op, grp, amount
              from (select seq, coalesce(write -> 'row' ->> 'id', write -> 'key' ->> 'id') as id, write ->> 'op' as op,
                           write -> 'row' ->> 'grp' as grp, (write -> 'row' ->> 'amount')::bigint as amount from written) x
             order by id, seq desc)
        select grp collate "C", max(amount), count(*) from last where op = 'put' and {where} group by grp order by grp collate "C"
        """;
}
