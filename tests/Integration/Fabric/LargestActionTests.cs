using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: what an action may do, the log, the export and the replay can hold. Method: a cell that writes, emits, logs and
/// returns until each limit refuses more, in bytes that take six times their room as JSON.
/// </summary>
[Collection(WorkingFabric.Name)]
public sealed class LargestActionTests(WorkingFabricFixture fixture)
{
    private readonly RunningFabric _fabric = fixture.Fabric;

    [Fact]
    public async Task The_largest_action_there_can_be_is_logged_exported_verified_and_replayed()
    {
        var module = await _fabric.RegisterAsync("brim", BuiltFiles.Guest("brim"));
        var mission = await _fabric.OpenAsync(Specs.Mapped(module, "brim", attempts: 1), wait: 20);
        await _fabric.SubmitAsync(mission, "one", []);
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "The mission of the largest action");

        var bytes = await _fabric.CountAsync($"select max(octet_length(payload)) from journal.entry where stream_id = '{mission.Value}'");
        Assert.InRange(bytes, Limits.EntryPayloadBytes - (1024 * 1024), Limits.EntryPayloadBytes);
        Assert.Equal(512L * 1024, (await _fabric.Http.GetByteArrayAsync($"/v1/missions/{mission}/results/work/one")).LongLength);

        var folder = Directory.CreateTempSubdirectory("vxt-brim-").FullName;
        try
        {
            File.Copy(_fabric.State.Paths.RootPublicKey, Path.Combine(folder, "root.pub"));
            await RequireAsync(_fabric.ReplayAsync(
                ["export", "--out", Path.Combine(folder, "brim.zip"), "--tenant", RunningFabric.TenantName, "--mission", mission.ToString()]));
            await RequireAsync(Offline.ReplayAsync(folder, "verify", "--export", "brim.zip", "--root-key", "root.pub"));
            await RequireAsync(Offline.ReplayAsync(folder, "run", mission.ToString(), "--export", "brim.zip"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RequireAsync(Task<(int ExitCode, IReadOnlyList<string> Lines)> run)
    {
        var (code, lines) = await run;
        Assert.True(code == 0, $"exit code {code}\n{string.Join('\n', lines)}");
    }
}
