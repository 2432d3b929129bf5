using System.Text;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ninmu;

/// <summary>Each rule of the spec has a document that breaks it alone and is refused with that path and code.</summary>
public sealed class MissionSpecTests
{
    private const string Inputs = "'requests':{'max_items':10000},'others':{},'reference':{'single':true}";

    [Fact]
    public void A_whole_document_is_read_with_its_defaults()
    {
        var spec = Specs.Of(
            Inputs,
            "{'id':'load','input':'reference','deadline_ms':60000,'retry':{'max_attempts':2,'backoff_ms':7}}",
            "{'id':'extract','map':'requests','dependsOn':['load']}",
            "{'id':'check','map':'requests','dependsOn':['extract'],'inputFrom':'extract'}",
            "{'id':'summary','dependsOn':[{'task':'check','when':'settled'}]}");
        Assert.Equal(["load", "extract", "check", "summary"], spec.Tasks.Select(t => t.Id));
        Assert.Equal((60000L, 2, 7), (spec.Tasks[0].DeadlineMs, spec.Tasks[0].Retry.MaxAttempts, spec.Tasks[0].Retry.BackoffMs));
        Assert.Equal((null, 3, 100), (spec.Tasks[1].DeadlineMs, spec.Tasks[1].Retry.MaxAttempts, spec.Tasks[1].Retry.BackoffMs));
        Assert.Equal(CellProfile.Default, spec.Tasks[1].Profile);
        Assert.Equal(DependencyWhen.Settled, spec.Tasks[3].DependsOn[0].When);
        Assert.Equal(1, spec.Inputs["reference"].MaxItems);
        Assert.Equal(Limits.ItemsPerInput, spec.Inputs["others"].MaxItems);
        Assert.Equal([new ModuleDigest(Specs.Module)], spec.ModuleDigests);
    }

    [Fact]
    public void The_digest_is_that_of_the_canonical_form_whatever_the_spelling()
    {
        var task = $$"""{"id":"a","module":"{{Specs.Module}}"}""";
        var one = MissionSpec.Parse(Encoding.UTF8.GetBytes($$"""{"spec":"v1","name":"n","tasks":[{{task}}]}""")).Spec!;
        var two = MissionSpec.Parse(Encoding.UTF8.GetBytes($$""" { "tasks" : [ {{task}} ], "name":"\u006e", "spec":"v1" } """)).Spec!;
        var other = MissionSpec.Parse(Encoding.UTF8.GetBytes($$"""{"spec":"v1","name":"m","tasks":[{{task}}]}""")).Spec!;
        Assert.Equal(one.Digest, two.Digest);
        Assert.NotEqual(one.Digest, other.Digest);
        Assert.True(Jcs.IsCanonical(one.Canonical.Span));
        Assert.Equal(one.Digest, MissionSpec.Parse(one.Canonical.Span).Spec!.Digest);
    }

    /// <summary>Logs of earlier builds hold documents of the draft: what was accepted then is read alike, what was refused is refused for ever.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(",'profiles':{'default':{'warm':3}}")]
    public void A_document_of_the_draft_is_read_as_it_was(string members)
    {
        const string Task = "{'id':'t','module':'1111111111111111111111111111111111111111111111111111111111111111'}";
        var draft = $"{{'spec':'v0-draft','name':'n','tasks':[{Task}]{members}}}".Replace('\'', '"');
        Assert.Empty(MissionSpec.Parse(Encoding.UTF8.GetBytes(draft)).Errors);
    }

    [Theory]
    [InlineData("{'id':'a','map':'no'}", "tasks[0].map", SpecCodes.UnknownInput)]
    [InlineData("{'id':'a','input':'no'}", "tasks[0].input", SpecCodes.UnknownInput)]
    [InlineData("{'id':'a','map':'reference'}", "tasks[0].map", SpecCodes.MapSingle)]
    [InlineData("{'id':'a','input':'requests'}", "tasks[0].input", SpecCodes.InputNotSingle)]
    [InlineData("{'id':'a','map':'requests','input':'reference'}", "tasks[0].input", SpecCodes.InputConflict)]
    [InlineData("{'id':'a','profile':'big'}", "tasks[0].profile", SpecCodes.UnknownProfile)]
    [InlineData("{'id':'a b'}", "tasks[0].id", SpecCodes.BadName)]
    [InlineData("{'id':'a','module':'AA'}", "tasks[0].module", SpecCodes.BadModuleDigest)]
    [InlineData("{'id':'a','depends_on':[]}", "tasks[0].depends_on", SpecCodes.UnknownMember)]
    [InlineData("{'id':'a','deadline_ms':0}", "tasks[0].deadline_ms", SpecCodes.OutOfRange)]
    [InlineData("{'id':'a','deadline_ms':1.5}", "tasks[0].deadline_ms", SpecCodes.WrongType)]
    [InlineData("{'id':'a','retry':{'max_attempts':21}}", "tasks[0].retry.max_attempts", SpecCodes.OutOfRange)]
    [InlineData("{'id':'a','retry':[]}", "tasks[0].retry", SpecCodes.WrongType)]
    [InlineData("{'id':'a','dependsOn':['b']}", "tasks[0].dependsOn[0]", SpecCodes.UnknownTask)]
    [InlineData("{'id':'a','dependsOn':[7]}", "tasks[0].dependsOn[0]", SpecCodes.WrongType)]
    [InlineData("{'id':'a','dependsOn':['a']}", "tasks[0].dependsOn[0]", SpecCodes.Cycle)]
    [InlineData("{'id':'a'}|{'id':'a'}", "tasks[1].id", SpecCodes.Duplicate)]
    [InlineData("{'id':'a'}|{'id':'b','dependsOn':['a','a']}", "tasks[1].dependsOn[1]", SpecCodes.Duplicate)]
    [InlineData("{'id':'a'}|{'id':'b','dependsOn':[{'task':'a','when':'later'}]}", "tasks[1].dependsOn[0].when", SpecCodes.UnknownWhen)]
    [InlineData("{'id':'a'}|{'id':'b','dependsOn':[{'when':'settled'}]}", "tasks[1].dependsOn[0].task", SpecCodes.Missing)]
    [InlineData("{'id':'a','map':'others'}|{'id':'b','map':'requests','dependsOn':['a']}", "tasks[1].dependsOn[0]", SpecCodes.MapMismatch)]
    [InlineData("{'id':'a'}|{'id':'b','inputFrom':'a'}", "tasks[1].inputFrom", SpecCodes.InputFromNotUpstream)]
    [InlineData("{'id':'a'}|{'id':'b','inputFrom':'c'}", "tasks[1].inputFrom", SpecCodes.UnknownTask)]
    [InlineData("{'id':'a'}|{'id':'b','inputFrom':'a','dependsOn':[{'task':'a','when':'settled'}]}", "tasks[1].inputFrom", SpecCodes.InputFromSettled)]
    [InlineData("{'id':'a','map':'requests'}|{'id':'b','inputFrom':'a','dependsOn':['a']}", "tasks[1].inputFrom", SpecCodes.InputFromMapped)]
    public void A_wrong_task_is_refused_at_its_place(string tasks, string path, string code)
    {
        var error = Assert.Single(MissionSpec.Parse(Specs.Json(Inputs, tasks.Split('|'))).Errors);
        Assert.Equal((path, code), (error.Path, error.Code));
        Assert.NotEmpty(error.Reason);
    }

    [Theory]
    [InlineData("[]", "", SpecCodes.WrongType)]
    [InlineData("{", "", SpecCodes.NotJson)]
    [InlineData("", "", SpecCodes.NotJson)]
    [InlineData("{'spec':'v1','spec':'v1'}", "", SpecCodes.DuplicateKey)]
    [InlineData("{'spec':'v2','name':'n','tasks':[TASK]}", "spec", SpecCodes.UnsupportedVersion)]
    [InlineData("{'spec':'v1','name':'','tasks':[TASK]}", "name", SpecCodes.BadName)]
    [InlineData("{'spec':'v1','tasks':[TASK]}", "name", SpecCodes.Missing)]
    [InlineData("{'spec':'v1','name':'n'}", "tasks", SpecCodes.Missing)]
    [InlineData("{'spec':'v1','name':'n','tasks':[]}", "tasks", SpecCodes.Missing)]
    [InlineData("{'spec':'v0-draft','name':'n','tasks':[TASK],'budget':{'limits':{}}}", "budget", SpecCodes.UnknownMember)]
    [InlineData("{'spec':'v0-draft','name':'n','inputs':{'i':{}},'tasks':[{'id':'t','module':'MODULE','map':{'over':'i'}}]}", "tasks[0].map", SpecCodes.WrongType)]
    [InlineData("{'spec':'v0-draft','name':'n','tasks':[TASK,{'id':'u','module':'MODULE','dependsOn':[{'task':'a','when':'failed'}]}]}", "tasks[1].dependsOn[0].when", SpecCodes.UnknownWhen)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'budget':{}}", "budget.limits", SpecCodes.Missing)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'budget':{'limits':{'cpu':1}}}", "budget.limits.cpu", SpecCodes.UnknownDimension)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'budget':{'limits':{'fuel':-1}}}", "budget.limits.fuel", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'budget':{'limits':{'fuel':1.5}}}", "budget.limits.fuel", SpecCodes.WrongType)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'budget':{'limits':{},'soft_percent':0}}", "budget.soft_percent", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'budget':{'limits':{},'escrow_percent':51}}", "budget.escrow_percent", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'budget':{'limits':{}},'onBudget':'stop'}", "onBudget", SpecCodes.UnknownChoice)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'onBudget':'kill'}", "onBudget", SpecCodes.Missing)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'onFailure':'ask'}", "onFailure", SpecCodes.UnknownChoice)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'deadline_ms':0}", "deadline_ms", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'rates':{'r':{'tasks':1}}}", "rates.r.period_ms", SpecCodes.Missing)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'rates':{'r':{'tasks':0,'period_ms':1}}}", "rates.r.tasks", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[{'id':'t','module':'MODULE','rate':'r'}]}", "tasks[0].rate", SpecCodes.UnknownRate)]
    [InlineData("{'spec':'v1','name':'n','tasks':[{'id':'t','module':'MODULE','priority':6}]}", "tasks[0].priority", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','inputs':{'i':{}},'tasks':[{'id':'t','module':'MODULE','map':{'max_parallel':1}}]}", "tasks[0].map.over", SpecCodes.Missing)]
    [InlineData("{'spec':'v1','name':'n','inputs':{'i':{}},'tasks':[{'id':'t','module':'MODULE','map':{'over':'i','max_parallel':0}}]}", "tasks[0].map.max_parallel", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','inputs':{'i':{}},'tasks':[{'id':'t','module':'MODULE','map':{'over':'j'}}]}", "tasks[0].map.over", SpecCodes.UnknownInput)]
    [InlineData("{'spec':'v1','name':'n','tasks':[{'id':'t','module':'MODULE','retry':{'factor':0}}]}", "tasks[0].retry.factor", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[{'id':'t','module':'MODULE','retry':{'backoff_ms':100,'max_backoff_ms':99}}]}", "tasks[0].retry.max_backoff_ms", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[{'id':'t','module':'MODULE','retry':{'not_retryable':['a b']}}]}", "tasks[0].retry.not_retryable[0]", SpecCodes.BadName)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK,{'id':'u','module':'MODULE','dependsOn':[{'task':'a','when':'failed'}],'inputFrom':'a'}]}", "tasks[1].inputFrom", SpecCodes.InputFromSettled)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'inputs':{'i':{'max_items':0}}}", "inputs.i.max_items", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'inputs':{'i':{'single':1}}}", "inputs.i.single", SpecCodes.WrongType)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'inputs':{'i':{'single':true,'max_items':2}}}", "inputs.i.max_items", SpecCodes.InputConflict)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'profiles':{'p':{'fuel_per_action':1000,'fuel_slice':1001}}}", "profiles.p.fuel_slice", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'profiles':{'p':{'restart':3}}}", "profiles.p.restart", SpecCodes.WrongType)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'profiles':{'p':{'restart':{'intensity':-1}}}}", "profiles.p.restart.intensity", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'profiles':{'p':{'restart':{'intensity':10001}}}}", "profiles.p.restart.intensity", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'profiles':{'p':{'restart':{'period_ms':0}}}}", "profiles.p.restart.period_ms", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'profiles':{'p':{'restart':{'hold_ms':0.5}}}}", "profiles.p.restart.hold_ms", SpecCodes.WrongType)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'profiles':{'p':{'restart':{'hold_ms':100,'max_hold_ms':99}}}}", "profiles.p.restart.max_hold_ms", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'profiles':{'p':{'restart':{'strategy':'one'}}}}", "profiles.p.restart.strategy", SpecCodes.UnknownMember)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'profiles':{'p':{'fuel_per_action':0}}}", "profiles.p.fuel_per_action", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'profiles':{'p':{'memory':1}}}", "profiles.p.memory", SpecCodes.UnknownMember)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'T','columns':[COL],'key':['c']}]}", "tables[0].name", SpecCodes.BadName)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[COL],'key':['d']}]}", "tables[0].key[0]", SpecCodes.UnknownColumn)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[COL],'key':['c','c']}]}", "tables[0].key[1]", SpecCodes.Duplicate)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[COL,COL],'key':['c']}]}", "tables[0].columns[1].name", SpecCodes.Duplicate)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[{'name':'c','type':'date'}],'key':['c']}]}", "tables[0].columns[0].type", SpecCodes.UnknownType)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[{'name':'c','type':'text','nullable':true}],'key':['c']}]}", "tables[0].key[0]", SpecCodes.NullableKey)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[{'name':'c','type':'json'}],'key':['c']}]}", "tables[0].key[0]", SpecCodes.JsonKey)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[COL,{'name':'j','type':'json'}],'key':['c'],'indexes':[{'name':'i','columns':['j']}]}]}", "tables[0].indexes[0].columns[0]", SpecCodes.JsonKey)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[{'name':'c','type':'decimal','scale':2}],'key':['c']}]}", "tables[0].columns[0].precision", SpecCodes.Missing)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[{'name':'c','type':'decimal','precision':2}],'key':['c']}]}", "tables[0].columns[0].scale", SpecCodes.Missing)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[{'name':'c','type':'decimal','precision':29,'scale':0}],'key':['c']}]}", "tables[0].columns[0].precision", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[{'name':'c','type':'decimal','precision':5,'scale':6}],'key':['c']}]}", "tables[0].columns[0].scale", SpecCodes.OutOfRange)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[{'name':'c','type':'text','scale':0}],'key':['c']}]}", "tables[0].columns[0].scale", SpecCodes.NotDecimal)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[COL],'key':['c'],'indexes':[{'name':'I','columns':['c']}]}]}", "tables[0].indexes[0].name", SpecCodes.BadName)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[COL],'key':['c'],'indexes':[{'name':'i','columns':['c']},{'name':'i','columns':['c']}]}]}", "tables[0].indexes[1].name", SpecCodes.Duplicate)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[COL],'key':['c'],'indexes':[{'name':'i','columns':['d']}]}]}", "tables[0].indexes[0].columns[0]", SpecCodes.UnknownColumn)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[COL],'key':['c'],'indexes':[{'name':'i','columns':['c','c']}]}]}", "tables[0].indexes[0].columns[1]", SpecCodes.Duplicate)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[COL],'key':['c'],'indexes':[{'name':'i','columns':[]}]}]}", "tables[0].indexes[0].columns", SpecCodes.Missing)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[COL],'key':['c'],'indexes':[{'name':'i','columns':['c'],'unique':1}]}]}", "tables[0].indexes[0].unique", SpecCodes.WrongType)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[COL],'key':['c'],'indexes':[IX,IX,IX,IX,IX,IX,IX,IX,IX]}]}", "tables[0].indexes", SpecCodes.TooMany)]
    [InlineData("{'spec':'v1','name':'n','tasks':[TASK],'tables':[{'name':'t','columns':[COL],'key':['c'],'scope':'host'}]}", "tables[0].scope", SpecCodes.UnknownType)]
    public void A_wrong_document_is_refused_at_its_place(string json, string path, string code)
    {
        json = json.Replace("MODULE", Specs.Module, StringComparison.Ordinal).Replace("TASK", $"{{'id':'a','module':'{Specs.Module}'}}", StringComparison.Ordinal)
            .Replace("COL", "{'name':'c','type':'text'}", StringComparison.Ordinal)
            .Replace("IX", "{'name':'i','columns':['c']}", StringComparison.Ordinal).Replace('\'', '"');
        var result = MissionSpec.Parse(Encoding.UTF8.GetBytes(json));
        Assert.Null(result.Spec);
        Assert.Contains(result.Errors, e => (e.Path, e.Code) == (path, code));
        Assert.All(result.Errors, e => Assert.True(code == SpecCodes.DuplicateKey || e.Code == code, e.ToString()));
    }

    [Fact]
    public void Every_error_is_reported_and_a_refused_name_is_not_reported_twice()
    {
        var errors = MissionSpec.Parse(Specs.Json(
            "'requests':{'max_items':0}",
            "{'id':'a','map':'requests','profile':'no'}",
            "{'id':'b','module':'x','dependsOn':['c','nobody'],'colour':1}",
            "{'id':'c','dependsOn':['b']}")).Errors;
        Assert.Equal(
            [
                ("inputs.requests.max_items", SpecCodes.OutOfRange),
                ("tasks[0].profile", SpecCodes.UnknownProfile),
                ("tasks[1].colour", SpecCodes.UnknownMember),
                ("tasks[1].module", SpecCodes.BadModuleDigest),
                ("tasks[1].dependsOn[1]", SpecCodes.UnknownTask),
                ("tasks[2].dependsOn[0]", SpecCodes.Cycle),
            ],
            errors.Select(e => (e.Path, e.Code)));
        Assert.Contains("b -> c -> b", errors[^1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Bounds_hold_for_size_depth_and_number()
    {
        Refused(new byte[Limits.MissionSpecBytes + 1], SpecCodes.TooLarge);
        Refused(Encoding.ASCII.GetBytes(new string('[', 40) + new string(']', 40)), SpecCodes.TooDeep);
        var tasks = Enumerable.Range(0, SpecLimits.Tasks + 1).Select(i => $"{{'id':'t{i}'}}").ToArray();
        Refused(Specs.Json("", tasks), SpecCodes.TooMany);
        Refused(Specs.Json(string.Join(",", Enumerable.Range(0, SpecLimits.Inputs + 1).Select(i => $"'i{i}':{{}}")), "{'id':'a'}"), SpecCodes.TooMany);
        Assert.Equal(SpecLimits.Errors, MissionSpec.Parse(Specs.Json("", [.. tasks.Take(SpecLimits.Tasks).Select(t => t.Replace("}", ",'x':1}", StringComparison.Ordinal))])).Errors.Count);
    }

    [Fact]
    public void The_example_of_the_document_is_a_valid_spec_and_every_code_is_explained_there()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Voxeltron.sln")))
        {
            directory = directory.Parent;
        }

        var document = File.ReadAllText(Path.Combine(directory.FullName, "docs", "mission-spec.md"));
        var start = document.IndexOf("```json\n", StringComparison.Ordinal) + "```json\n".Length;
        var example = document[start..document.IndexOf("```", start, StringComparison.Ordinal)];
        Assert.Empty(MissionSpec.Parse(Encoding.UTF8.GetBytes(example)).Errors);
        foreach (var code in typeof(SpecCodes).GetFields().Select(f => (string)f.GetValue(null)!))
        {
            Assert.Contains($"`{code}`", document, StringComparison.Ordinal);
        }
    }

    private static void Refused(byte[] json, string code) => Assert.Equal(code, Assert.Single(MissionSpec.Parse(json).Errors).Code);
}
