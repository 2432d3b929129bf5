using Voxeltron.Cli.Demo;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Xunit;

namespace Voxeltron.Tests.Unit.Samples;

/// <summary>Goal: the sample's mission is one the fabric takes. Method: fill in real digests as the CLI does, ask the real parser.</summary>
public sealed class SampleSpecTests
{
    [Fact]
    public void The_sample_mission_parses_once_its_modules_are_named_by_digest()
    {
        var template = MissionTemplate.Read(Path.Combine(SampleSpec.Folder, "mission.json"));
        var digests = template.Modules.ToDictionary(m => m, m => ModuleDigest.Of(SampleSpec.Module(m)).Value);

        var result = MissionSpec.Parse(template.WithDigests(digests));

        Assert.Empty(result.Errors);
        Assert.Equal(digests.Values.Order(), result.Spec!.ModuleDigests.Select(d => d.Value).Order());
        Assert.Equal(6, result.Spec.Tasks.Count);
    }

    [Fact]
    public void The_mission_of_programs_parses_too()
    {
        var folder = Path.Combine(Path.GetDirectoryName(SampleSpec.Folder)!, "programs");
        var template = MissionTemplate.Read(Path.Combine(folder, "mission.json"));

        var result = MissionSpec.Parse(template.WithDigests(template.Modules.ToDictionary(m => m, m => ModuleDigest.Of(File.ReadAllBytes(Path.Combine(folder, m + ".wasm"))).Value)));

        Assert.Empty(result.Errors);
        Assert.Equal(["count", "total"], result.Spec!.Tasks.Select(task => task.Id));
    }

    [Fact]
    public void Names_instead_of_digests_are_refused()
    {
        Assert.NotEmpty(MissionSpec.Parse(File.ReadAllBytes(Path.Combine(SampleSpec.Folder, "mission.json"))).Errors);
    }

    [Fact]
    public void Item_keys_are_keys_the_fabric_takes_and_say_nothing_of_the_file_or_its_name()
    {
        var item = DemoItem.Create(7, "SMITH, JOE 1987.json", [1, 2, 3]);

        Assert.Equal("r-00007", item.Key);
        Assert.Equal(item.Key, DemoItem.Create(7, "DOE, JANE 1990.json", [4, 5, 6]).Key);
        Assert.Matches("^[A-Za-z0-9._-]{1,64}$", item.Key);
    }

    [Fact]
    public void Percentiles_are_nearest_rank()
    {
        var distribution = new Distribution();
        foreach (var value in Enumerable.Range(1, 100).Reverse())
        {
            distribution.Add(value);
        }

        Assert.Equal((50, 90, 99, 100), (distribution.Percentile(500), distribution.Percentile(900), distribution.Percentile(990), distribution.Max));
        Assert.Equal(0, new Distribution().Max);
    }
}
