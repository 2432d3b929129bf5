using System.Text;
using Voxeltron.Execution;
using Voxeltron.Ninmu;
using Xunit;

namespace Voxeltron.Tests.Unit.Execution;

/// <summary>What a mission cannot begin with is refused with its spec, at its place: nothing is left for the owner to stumble over.</summary>
public sealed class SpecViewsTests
{
    [Theory]
    [InlineData("select n from item where n > 3 -- one", null)]
    [InlineData("select count(*) as rows from item", null)]
    [InlineData("select 100 / count(*) as part from item", "no value while its tables are empty")]
    [InlineData("select n, nothing from item", "line 1, column 11")]
    [InlineData("select id from shard", "scope cell")]
    [InlineData("select n from item order by n limit 3", "")]
    [InlineData("select n from item -- \\u0000", "U+0000")]
    [InlineData("select count(*) as c from (select *,*,*,*,*,*,*,*,*,*,*,* from (select *,*,*,*,*,*,*,*,*,*,*,* from (select *,*,*,*,*,*,*,*,*,*,*,* from item) a) b) x", "more than 1024 columns")]
    [InlineData("select *, id as a0123456789012345678901234567890123456789012345678901234567890123456789 from item", "more than 63 bytes")]
    [InlineData("select id from item where (((((((((((((((n > 1) between false and true) between false and true) between false and true) between false and true) between false and true) between false and true) between false and true) between false and true) between false and true) between false and true) between false and true) between false and true) between false and true) between false and true)", "too many parts")]
    [InlineData("select id from item where cast('12:00' as timestamptz) is null", "no timestamp")]
    [InlineData("select id from item where cast('2026-05-28 20:26:40.5+02' as timestamptz) is null and cast('2026-05-28T20:26Z' as timestamptz) is null", null)]
    public void A_views_sql_is_judged_with_the_spec(string sql, string? reason)
    {
        var spec = MissionSpec.Parse(Encoding.UTF8.GetBytes($$$"""
            {"spec":"v1","name":"m","tables":[
              {"name":"item","key":["id"],"columns":[{"name":"id","type":"int64"},{"name":"n","type":"int64"}]},
              {"name":"shard","scope":"cell","key":["id"],"columns":[{"name":"id","type":"int64"}]}],
             "views":[{"name":"first","sql":"select id from item"},{"name":"second","sql":"{{{sql}}}"}],
             "tasks":[{"id":"a","module":"{{{new string('a', 64)}}}"}]}
            """)).Spec!;
        var errors = SpecViews.Errors(spec);
        if (reason is null)
        {
            Assert.Empty(errors);
            return;
        }

        var error = Assert.Single(errors);
        Assert.Equal(("views[1].sql", "view_refused"), (error.Path, error.Code));
        Assert.Contains(reason, error.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":"item","sql":"select 1"}""", "views[0].name", SpecCodes.Duplicate)]
    [InlineData("""{"name":"v","sql":""}""", "views[0].sql", SpecCodes.OutOfRange)]
    [InlineData("""{"name":"v"}""", "views[0].sql", SpecCodes.Missing)]
    [InlineData("""{"name":"V","sql":"x"}""", "views[0].name", SpecCodes.BadName)]
    [InlineData("""{"name":"v","sql":"x","published":1}""", "views[0].published", SpecCodes.WrongType)]
    [InlineData("""{"name":"v","sql":"x","public":true}""", "views[0].public", SpecCodes.UnknownMember)]
    [InlineData("""{"name":"v","sql":"x"},{"name":"v","sql":"x"}""", "views[1].name", SpecCodes.Duplicate)]
    public void A_views_members_are_judged_one_by_one(string views, string path, string code)
    {
        var error = Assert.Single(MissionSpec.Parse(Encoding.UTF8.GetBytes($$$"""
            {"spec":"v1","name":"m","tables":[{"name":"item","key":["id"],"columns":[{"name":"id","type":"int64"}]}],
             "views":[{{{views}}}], "tasks":[{"id":"a","module":"{{{new string('a', 64)}}}"}]}
            """)).Errors);
        Assert.Equal((path, code), (error.Path, error.Code));
    }
}
