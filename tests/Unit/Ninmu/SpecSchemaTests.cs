using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Voxeltron.Ninmu;
using Voxeltron.Tests.Unit.Samples;
using Xunit;

namespace Voxeltron.Tests.Unit.Ninmu;

/// <summary>
/// Goal: the published schema and the parser know the same documents. Method: a second implementation reads the schema; random documents,
/// each with one member made wrong, are given to both. What the schema refuses the parser must; what the parser refuses for its form
/// the schema must.
/// </summary>
public sealed class SpecSchemaTests
{
    /// <summary>Rules of form: the schema alone can tell. The others are about what members say of each other, or count bytes.</summary>
    private static readonly string[] s_form =
        [SpecCodes.Missing, SpecCodes.UnknownMember, SpecCodes.WrongType, SpecCodes.UnsupportedVersion, SpecCodes.BadModuleDigest, SpecCodes.UnknownChoice, SpecCodes.UnknownDimension, SpecCodes.UnknownWhen, SpecCodes.UnknownType, SpecCodes.UnknownRole, SpecCodes.UnknownExpiry, SpecCodes.ExpiryMissing];

    private static readonly JsonSchema s_schema = JsonSchema.FromText(
        File.ReadAllText(Path.GetFullPath(Path.Combine(SampleSpec.Folder, "..", "..", "docs", "schemas", "mission-spec.v1.json"))));

    private const string Whole = """
        {"spec":"v1","name":"whole","deadline_ms":1000,"budget":{"limits":{"fuel":1,"cell_ms":2,"tasks":3},"soft_percent":50,"escrow_percent":2},"onBudget":"drain",
         "onFailure":"hold","gates":{"g":{"quorum":2,"roles":["approver","operator"],"approvers":["dr.grey","dr.who"],"expires_ms":1000,"on_expiry":"escalate"}},"rates":{"r":{"tasks":2,"period_ms":1000}},"inputs":{"one":{"single":true},"many":{"max_items":5}},
         "tables":[{"name":"t","columns":[{"name":"a","type":"text"},{"name":"d","type":"decimal","precision":5,"scale":2},{"name":"n","type":"int64","nullable":true}],
                    "key":["a"],"scope":"mission","indexes":[{"name":"i","columns":["d"],"unique":true}]}],
         "views":[{"name":"v","sql":"select a from t","published":true}],
         "profiles":{"p":{"memory_limit_bytes":65536,"fuel_per_action":1000,"fuel_slice":10,"table_elements":1,"warm":2,"faults":true,"models":{"classes":["small"],"max_tokens":100},
                          "restart":{"intensity":1,"period_ms":2,"hold_ms":3,"max_hold_ms":4}}},
         "tasks":[{"id":"x","module":"MODULE","input":"one","profile":"p","deadline_ms":5,"priority":1,"rate":"r","gate":"g",
                   "retry":{"max_attempts":2,"backoff_ms":1,"factor":3,"max_backoff_ms":9,"not_retryable":["out_of_fuel"]}},
                  {"id":"y","module":"MODULE","map":{"over":"many","max_parallel":2},"dependsOn":["x",{"task":"z","when":"failed"}],"inputFrom":"x"},
                  {"id":"z","module":"MODULE","map":"many"}]}
        """;

    [Fact]
    public void A_document_with_every_member_is_one_for_both()
    {
        Assert.Empty(MissionSpec.Parse(Encoding.UTF8.GetBytes(Text())).Errors);
        Assert.True(Allows(Text()));
    }

    [Fact]
    public void Each_member_made_wrong_is_refused_by_both_or_by_neither()
    {
        var places = 0;
        foreach (var path in Paths(JsonDocument.Parse(Text()).RootElement, ""))
        {
            foreach (var wrong in (string?[])["null", "-1", "1.5", "\"\"", "[]", "{}", "true", "\"!\"", "99999999999999999999", null])
            {
                places++;
                var changed = Changed(path, wrong);
                var errors = MissionSpec.Parse(Encoding.UTF8.GetBytes(changed)).Errors;
                var isAllowed = Allows(changed);
                Assert.True(isAllowed || errors.Count > 0, $"{path} = {wrong ?? "(absent)"}: the schema refuses what the parser takes.");
                Assert.True(!isAllowed || !errors.Any(static error => s_form.Contains(error.Code)), $"{path} = {wrong ?? "(absent)"}: the schema takes it; {string.Join("; ", errors)}");
            }

            var added = Added(path);
            Assert.True(added is null || !Allows(added), $"{path}: the schema takes a member nobody knows.");
        }

        Assert.True(places > 600, $"{places} documents");
    }

    private static string Text() => Whole.Replace("MODULE", Specs.Module, StringComparison.Ordinal);

    private static bool Allows(string json)
    {
        using var document = JsonDocument.Parse(json);
        return s_schema.Evaluate(document.RootElement).IsValid;
    }

    private static IEnumerable<string> Paths(JsonElement element, string path)
    {
        if (path.Length > 0)
        {
            yield return path;
        }

        var children = element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().Select(static member => (member.Name, member.Value)),
            JsonValueKind.Array => element.EnumerateArray().Select(static (value, index) => (index.ToString(CultureInfo.InvariantCulture), value)),
            _ => [],
        };
        foreach (var (name, value) in children)
        {
            foreach (var below in Paths(value, $"{path}/{name}"))
            {
                yield return below;
            }
        }
    }

    /// <param name="value">JSON; null takes the member away.</param>
    private static string Changed(string path, string? value)
    {
        var root = JsonNode.Parse(Text())!;
        var (parent, last) = Find(root, path);
        var node = value is null ? null : JsonNode.Parse(value);
        if (parent is JsonObject members)
        {
            members.Remove(last);
            if (value is not null)
            {
                members[last] = node;
            }
        }
        else
        {
            var elements = parent.AsArray();
            var index = int.Parse(last, CultureInfo.InvariantCulture);
            elements.RemoveAt(index);
            if (value is not null)
            {
                elements.Insert(index, node);
            }
        }

        return root.ToJsonString();
    }

    /// <summary>The object there with a member more that nobody knows; null where there is no object, or one of names.</summary>
    private static string? Added(string path)
    {
        var root = JsonNode.Parse(Text())!;
        var (parent, last) = Find(root, path);
        var node = parent is JsonObject members ? members[last] : parent[int.Parse(last, CultureInfo.InvariantCulture)];
        if (node is not JsonObject target || path is "/inputs" or "/profiles" or "/rates" or "/gates")
        {
            return null;
        }

        target["nobody"] = 1;
        return root.ToJsonString();
    }

    private static (JsonNode Parent, string Last) Find(JsonNode root, string path)
    {
        var names = path.Split('/')[1..];
        var parent = root;
        foreach (var name in names[..^1])
        {
            parent = parent is JsonObject members ? members[name]! : parent[int.Parse(name, CultureInfo.InvariantCulture)]!;
        }

        return (parent, names[^1]);
    }
}
