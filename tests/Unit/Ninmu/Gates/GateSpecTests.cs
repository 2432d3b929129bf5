using System.Text;
using Voxeltron.Ninmu;
using Xunit;

namespace Voxeltron.Tests.Unit.Ninmu.Gates;

/// <summary>Goal: a spec's gates are read as written, and what makes no sense is refused where it stands. Method: documents, and the errors they get.</summary>
public sealed class GateSpecTests
{
    [Fact]
    public void Defaults_are_one_approver_and_no_end()
    {
        var gate = Parse("'release':{}").Spec!.Gates["release"];
        Assert.Equal((1, null, false), (gate.Quorum, gate.ExpiresMs, gate.Escalates));
        Assert.Equal(["approver"], gate.Roles);
        Assert.Empty(gate.Approvers);
    }

    [Fact]
    public void What_is_said_is_read()
    {
        var spec = Parse("'release':{'quorum':2,'roles':['operator','approver'],'approvers':['dr.grey','dr.who'],'expires_ms':60000,'on_expiry':'escalate'}").Spec!;
        var gate = spec.Gates["release"];
        Assert.Equal((2, 60000L, true), (gate.Quorum, gate.ExpiresMs, gate.Escalates));
        Assert.Equal(["operator", "approver"], gate.Roles);
        Assert.Equal(["dr.grey", "dr.who"], gate.Approvers);
        Assert.Same(gate, spec.Tasks[0].Gate);
    }

    [Theory]
    [InlineData("'release':{'quorum':0}", "gates.release.quorum", "out_of_range")]
    [InlineData("'release':{'quorum':9}", "gates.release.quorum", "out_of_range")]
    [InlineData("'release':{'quorum':3,'approvers':['a','b']}", "gates.release.quorum", "quorum_too_large")]
    [InlineData("'release':{'roles':[]}", "gates.release.roles", "missing")]
    [InlineData("'release':{'roles':['king']}", "gates.release.roles[0]", "unknown_role")]
    [InlineData("'release':{'roles':['auditor']}", "gates.release.roles[0]", "unknown_role")]
    [InlineData("'release':{'roles':['approver','approver']}", "gates.release.roles[1]", "duplicate")]
    [InlineData("'release':{'approvers':['a b']}", "gates.release.approvers[0]", "bad_name")]
    [InlineData("'release':{'approvers':[1]}", "gates.release.approvers[0]", "wrong_type")]
    [InlineData("'release':{'expires_ms':0}", "gates.release.expires_ms", "out_of_range")]
    [InlineData("'release':{'expires_ms':5,'on_expiry':'approve'}", "gates.release.on_expiry", "unknown_expiry")]
    [InlineData("'release':{'on_expiry':'deny'}", "gates.release.on_expiry", "expiry_missing")]
    [InlineData("'release':{'who':1}", "gates.release.who", "unknown_member")]
    [InlineData("'other':{}", "tasks[0].gate", "unknown_gate")]
    [InlineData("'a b':{},'release':{}", "gates.a b", "bad_name")]
    public void A_contradiction_is_refused_where_it_stands(string gates, string path, string code)
    {
        var error = Assert.Single(Parse(gates).Errors);
        Assert.Equal((path, code), (error.Path, error.Code));
    }

    [Fact]
    public void A_draft_knows_no_gates()
    {
        var errors = MissionSpec.Parse(Encoding.UTF8.GetBytes(Json("'release':{}").Replace("\"v1\"", "\"v0-draft\"", StringComparison.Ordinal))).Errors;
        Assert.Equal([("gates", "unknown_member"), ("tasks[0].gate", "unknown_member")], errors.Select(static error => (error.Path, error.Code)));
    }

    private static SpecResult Parse(string gates) => MissionSpec.Parse(Encoding.UTF8.GetBytes(Json(gates)));

    private static string Json(string gates) => Encoding.UTF8.GetString(Specs.Json("", "{'id':'a','gate':'release'}"))
        .Replace("\"tasks\":", $"\"gates\":{{{gates.Replace('\'', '"')}}},\"tasks\":", StringComparison.Ordinal);
}
