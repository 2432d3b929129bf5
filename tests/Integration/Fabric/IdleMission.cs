namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>A mission of guest <c>idle</c>: item <c>N</c> waits for news of group N and ends on a negative value; item <c>tell ID N VALUE</c> makes it news.</summary>
internal static class IdleMission
{
    public static string Spec(string module, string name, string profiles = "{}") =>
        $$$"""
        {"spec": "v1", "name": "{{{name}}}", "inputs": {"requests": {}}, "profiles": {{{profiles}}},
         "tables": [
           {"name": "own", "key": ["slot"], "scope": "cell", "columns": [{"name": "slot", "type": "int64"}, {"name": "n", "type": "int64"}]},
           {"name": "note", "key": ["id"], "columns": [{"name": "id", "type": "int64"}, {"name": "grp", "type": "int64"}, {"name": "value", "type": "int64"}]}],
         "views": [{"name": "news", "sql": "select grp, value, id from note"}],
         "tasks": [{"id": "idle", "module": "{{{module}}}", "map": "requests"}]}
        """;
}
