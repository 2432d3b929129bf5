using Voxeltron.Cli.Demo;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Samples;

/// <summary>
/// Goal: every request gets the decision the sample's README promises. Method: real modules, real store; real-shaped
/// files with fixed outcomes, generated ones whose maker knows what they must become.
/// </summary>
[Collection(SampleTests.Name)]
public sealed class PriorAuthDecisionTests(SampleEngine engine, ITestOutputHelper output)
{
    [SharedRequestTheory]
    [InlineData("conformant_pas_bundle_v110.json", "approve", "")]
    [InlineData("conformant_pas_bundle_v110_multiple_items.json", "approve", "")]
    [InlineData("conformant_pas_bundle_v110_uuid.json", "approve", "")]
    [InlineData("request_79b133fd.json", "approve", "")]
    [InlineData("request_c8e7b017.json", "pend", "inquiry,code_expired,clinician_review_required,diagnosis_not_matched")]
    [InlineData("request_fc2efb66.json", "pend", "code_expired,service_not_listed")]
    [InlineData("missing_referenced_resource_request_bundle.json", "refused:missing_reference", "")]
    [InlineData("valid_pa_response_bundle.json", "refused:not_a_request", "")]
    [InlineData("valid_pa_response_bundle_denial.json", "refused:not_a_request", "")]
    public void A_real_shaped_file_gets_its_decision(string file, string outcome, string reasons)
    {
        var decided = SampleMission.WithSchedule(engine).DecideWithReasons("r-1", File.ReadAllBytes(Path.Combine(SharedRequestTheoryAttribute.Folder, file)));

        Assert.Equal((outcome, reasons), decided);
    }

    [Fact]
    public void Every_generated_request_becomes_what_it_was_made_for()
    {
        var seed = (ulong)Random.Shared.NextInt64();
        output.WriteLine($"seed {seed}");
        AssertExpected(RequestGenerator.Generate(RequestGenerator.DefaultSeed, RequestGenerator.DefaultCount));
        AssertExpected(RequestGenerator.Generate(seed, 120));
    }

    [Fact]
    public void The_same_seed_makes_the_same_bytes()
    {
        var first = RequestGenerator.Generate(7, 60);
        var second = RequestGenerator.Generate(7, 60);

        Assert.Equal(first.Select(r => Convert.ToHexString(r.Bytes)), second.Select(r => Convert.ToHexString(r.Bytes)));
        Assert.NotEqual(first.Select(r => r.FileName), RequestGenerator.Generate(8, 60).Select(r => r.FileName));
    }

    [Fact]
    public void Nothing_flagged_for_a_clinician_is_ever_denied_or_approved()
    {
        var mission = SampleMission.WithSchedule(engine);
        foreach (var (request, i) in RequestGenerator.Generate(11, 150).Select((r, i) => (r, i)))
        {
            mission.Decide($"r-{i}", request.Bytes);
        }

        var flagged = mission.Rows("exception").Select(r => (string)r[0]!).ToHashSet();
        var outcomes = mission.Rows("decision").ToDictionary(r => (string)r[0]!, r => (string)r[1]!);
        Assert.NotEmpty(flagged);
        Assert.Contains("deny", outcomes.Values);
        Assert.All(outcomes, o => Assert.Equal(flagged.Contains(o.Key), o.Value == "pend"));
    }

    [Fact]
    public void A_denial_names_an_administrative_reason_and_no_other()
    {
        var mission = SampleMission.WithSchedule(engine);
        string[] administrative = ["plan_not_administered", "coverage_not_active", "outside_coverage_period", "service_excluded"];
        var denied = RequestGenerator.Generate(12, 200)
            .Select((r, i) => mission.DecideWithReasons($"r-{i}", r.Bytes)).Where(d => d.Outcome == "deny").ToList();

        Assert.NotEmpty(denied);
        Assert.All(denied, d => Assert.All(d.Reasons.Split(','), code => Assert.Contains(code, administrative)));
    }

    [Fact]
    public void A_schedule_that_lost_a_row_pends_an_unknown_plan_instead_of_denying_it()
    {
        var mission = new SampleMission(engine);
        mission.Task("reference", null, [.. SampleSpec.Coverage, .. "999999,hcpcs,E0601,CPAP device,perhaps,1,18,,,,no,2000-01-01,\n"u8]);
        var request = RequestGenerator.Generate(RequestGenerator.DefaultSeed, RequestGenerator.DefaultCount).First(r => r.Scenario == "unknown-plan");

        Assert.Equal("bad_yes_no", Assert.Single(mission.Rows("coverage_rejected"))[1]);
        Assert.Equal(("pend", "service_not_listed"), mission.DecideWithReasons("r-1", request.Bytes));
    }

    [Fact]
    public void The_summary_counts_what_the_tables_hold()
    {
        var mission = SampleMission.WithSchedule(engine);
        foreach (var (request, i) in RequestGenerator.Generate(13, 80).Select((r, i) => (r, i)))
        {
            mission.Decide($"r-{i}", request.Bytes);
        }

        mission.Task("summary", null, []);
        var counts = mission.Rows("summary").ToDictionary(r => (string)r[0]!, r => (long)r[1]!);
        var decisions = mission.Rows("decision").Select(r => (string)r[1]!).ToList();
        Assert.Equal(decisions.Count, counts["decided"]);
        Assert.Equal(decisions.Count, counts["requests"]);
        Assert.Equal(decisions.Count(d => d == "approve"), counts["approved"]);
        Assert.Equal(decisions.Count(d => d == "pend"), counts["pended"]);
        Assert.Equal(decisions.Count(d => d == "deny"), counts["denied"]);
        Assert.Equal(mission.Rows("exception").Count(), counts["exceptions"]);
        Assert.Equal(30, counts["coverage_rows"]);
        Assert.Equal(0, counts["coverage_rejected"]);
    }

    [Fact]
    public void Two_runs_over_the_same_files_leave_the_same_state()
    {
        var requests = RequestGenerator.Generate(14, 60);
        var roots = Enumerable.Range(0, 2).Select(_ =>
        {
            var mission = SampleMission.WithSchedule(engine);
            for (var i = 0; i < requests.Count; i++)
            {
                mission.Decide($"r-{i}", requests[i].Bytes);
            }

            return Convert.ToHexString(mission.Root());
        }).ToList();

        Assert.Equal(roots[0], roots[1]);
    }

    private void AssertExpected(IReadOnlyList<GeneratedRequest> requests)
    {
        var mission = SampleMission.WithSchedule(engine);
        var wrong = requests.Select((r, i) => (r.FileName, r.Expected, Got: mission.Decide($"r-{i}", r.Bytes))).Where(r => r.Got != r.Expected);

        Assert.Empty(wrong);
    }
}
