using System.Text;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Xunit;

namespace Voxeltron.Tests.Unit.Ninmu;

/// <summary>Goal: what cells may ask models for is the spec's to say, whole, and a document of the draft cannot.</summary>
public sealed class SpecModelsTests
{
    [Fact]
    public void A_profile_grants_classes_and_a_bound_and_others_grant_nothing()
    {
        var spec = Specs.With("'asks':{'models':{'classes':['small','clinical'],'max_tokens':100}}", "", "{'id':'a','profile':'asks'}");
        Assert.Equal(["small", "clinical"], spec.Models!["asks"].Classes);
        Assert.Equal(100, spec.Models["asks"].MaxTokens);
        Assert.True(spec.Models[CellProfile.Default.Name].IsNone);
    }

    [Theory]
    [InlineData("{}", SpecCodes.Missing, SpecCodes.Missing)]
    [InlineData("{'classes':[],'max_tokens':1}", SpecCodes.Missing)]
    [InlineData("{'classes':['small']}", SpecCodes.Missing)]
    [InlineData("{'classes':['small'],'max_tokens':0}", SpecCodes.OutOfRange)]
    [InlineData("{'classes':['small'],'max_tokens':10000001}", SpecCodes.OutOfRange)]
    [InlineData("{'classes':['small','small'],'max_tokens':1}", SpecCodes.Duplicate)]
    [InlineData("{'classes':['Small'],'max_tokens':1}", SpecCodes.BadName)]
    [InlineData("{'classes':[1],'max_tokens':1}", SpecCodes.BadName)]
    [InlineData("{'classes':'small','max_tokens':1}", SpecCodes.WrongType)]
    [InlineData("{'classes':['small'],'max_tokens':1,'more':1}", SpecCodes.UnknownMember)]
    [InlineData("[]", SpecCodes.WrongType)]
    public void What_is_no_grant_is_refused(string models, params string[] codes)
    {
        var json = Encoding.UTF8.GetString(Specs.Json("", "{'id':'a'}")).Replace("\"tasks\":", $"\"profiles\":{{\"default\":{{\"models\":{models.Replace('\'', '"')}}}}},\"tasks\":", StringComparison.Ordinal);
        Assert.Equal(codes, MissionSpec.Parse(Encoding.UTF8.GetBytes(json)).Errors.Select(static error => error.Code));
    }

    [Fact]
    public void A_document_of_the_draft_knows_no_models()
    {
        var json = Encoding.UTF8.GetString(Specs.Json("", "{'id':'a'}")).Replace("\"v1\"", "\"v0-draft\"", StringComparison.Ordinal);
        Assert.Null(MissionSpec.Parse(Encoding.UTF8.GetBytes(json)).Spec!.Models);
        var with = json.Replace("\"tasks\":", "\"profiles\":{\"default\":{\"models\":{\"classes\":[\"small\"],\"max_tokens\":1}}},\"tasks\":", StringComparison.Ordinal);
        Assert.Equal(SpecCodes.UnknownMember, Assert.Single(MissionSpec.Parse(Encoding.UTF8.GetBytes(with)).Errors).Code);
    }
}
