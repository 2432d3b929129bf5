using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>A fabric that ran two missions of one spec, exported by each way there is, then stopped: what is left is files.</summary>
public sealed class ExportFixture : IAsyncLifetime
{
    internal RunningFabric Fabric { get; private set; } = null!;

    /// <summary>Items good, bad, no.</summary>
    public MissionId Mission { get; private set; }

    /// <summary>The same spec and items, but for one.</summary>
    public MissionId Other { get; private set; }

    /// <summary>What an auditor takes along: the exports and the root key.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("vxt-auditor-").FullName;

    public string RootKey => Path.Combine(Folder, "root.pub");

    public string File(string name) => Path.Combine(Folder, name);

    public async Task InitializeAsync()
    {
        Fabric = await RunningFabric.StartAsync(await ServerSeat.SharedAsync());
        await Fabric.StartWorkerAsync();
        var module = await Fabric.RegisterAsync("misbehave", BuiltFiles.Guest("misbehave"));
        Mission = await RunAsync(module, "count");
        Other = await RunAsync(module, "fail");
        System.IO.File.Copy(Fabric.State.Paths.RootPublicKey, RootKey);
        await ExportAsync();
        await Fabric.KillWorkersAsync();
        await Fabric.Api.KillAsync();
        await Fabric.AssertCleanAsync();
    }

    public async Task DisposeAsync()
    {
        if (Fabric is not null)
        {
            await Fabric.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    internal async Task<(int ExitCode, IReadOnlyList<string> Lines)> CliAsync(params string[] words)
    {
        using var watchdog = new Watchdog();
        await using var cli = ChildProcess.Start(
            "cli", BuiltFiles.Program("Cli", "voxeltron"), Fabric.State.Paths.Root, watchdog, words,
            new Dictionary<string, string> { ["VOXELTRON_API"] = Fabric.Http.BaseAddress!.ToString(), ["VOXELTRON_API_KEY"] = Fabric.State.ApiKey() });
        var lines = await cli.EndAsync();
        return (cli.ExitCode, lines);
    }

    private async Task<MissionId> RunAsync(string module, string good)
    {
        var mission = await Fabric.OpenAsync(Specs.Mapped(module, "exported", attempts: 1, fuel: 1_000_000), wait: 20);
        await Fabric.SubmitAsync(mission, [("good", good), ("bad", "unreachable"), ("no", "fail")]);
        await Fabric.CloseAsync(mission);
        await Fabric.EndAsync(mission, "The mission to export", "failed");
        return mission;
    }

    /// <summary>While the fabric works: by the API's client a tenant's and a mission's part, by the auditor's tool the whole and a part.</summary>
    private async Task ExportAsync()
    {
        await RequireAsync(CliAsync("export", "--out", File("tenant.zip")));
        await RequireAsync(CliAsync("export", "--out", File("mission.zip"), "--mission", Mission.ToString()));
        await RequireAsync(Fabric.ReplayAsync(["export", "--out", File("whole.zip")]));
        await RequireAsync(Fabric.ReplayAsync(["export", "--out", File("part.zip"), "--tenant", RunningFabric.TenantName, "--mission", Mission.ToString(), "--json"]));
        Assert.Empty(Directory.EnumerateFiles(Folder, "*.part"));

        // What is there already stays as it is, unless one says so.
        var again = await CliAsync("export", "--out", File("tenant.zip"));
        Assert.True(again.ExitCode == 1 && again.Lines.Any(static line => line.Contains("--force", StringComparison.Ordinal)), string.Join('\n', again.Lines));
        await RequireAsync(CliAsync("export", "--out", File("tenant.zip"), "--force"));
        var tool = await Fabric.ReplayAsync(["export", "--out", File("whole.zip")]);
        Assert.True(tool.ExitCode == 2 && tool.Lines.Any(static line => line.Contains("file_exists", StringComparison.Ordinal)), string.Join('\n', tool.Lines));
    }

    private static async Task RequireAsync(Task<(int ExitCode, IReadOnlyList<string> Lines)> run)
    {
        var (code, lines) = await run;
        Assert.True(code == 0, $"exit code {code}\n{string.Join('\n', lines)}");
    }
}
