using System.Text.Json;
using Voxeltron.Cli;
using Voxeltron.Cli.Commands;
using Voxeltron.Cli.Fabric;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: a cell asks people about rows, sleeps while they think, and is told what they said, or that what it asked about has changed. Method:
/// real processes, guest <c>asker</c>, the log and replay.
/// </summary>
public sealed class CellGateTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private readonly RunningFabric _fabric = fixture.Fabric;
    private readonly GateScene _scene = new(fixture.Fabric);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task A_cell_sleeps_while_people_think_and_wakes_with_their_answer()
    {
        await _fabric.StartWorkerAsync();
        var ann = await _scene.PersonAsync("ann-4");
        var mission = await OpenAsync("asleep");
        await _fabric.SubmitAsync(mission, [("q-1", "ask release {\"amount\":12} r-1")]);
        var gate = await _scene.GateAsync(mission);
        var shown = gate.GetProperty("shown");
        Assert.Equal(12, shown.GetProperty("subject").GetProperty("amount").GetInt32());
        Assert.Equal("[{\"key\":[\"r-1\"],\"row\":null,\"table\":\"item\"}]", shown.GetProperty("rows").GetRawText());
        // Nobody asked it to: the host has slots left.
        await _fabric.UntilAsync("The cell", "to sleep", async () => (await HostAsync()).GetProperty("cells_hibernated").GetInt32(), static asleep => asleep == 1);
        Assert.Equal(0, (await HostAsync()).GetProperty("cells_live").GetInt32());
        Assert.Equal("running|gate release", (await _fabric.RowsAsync($"select status, waiting_for from control.task where mission_id = '{mission.Value}'")).Single());

        Assert.Equal("approved", await GateScene.DecideAsync(ann, gate));
        await EndAsync(mission);
        Assert.Equal("approved", await _fabric.ResultAsync(mission, "ask/q-1"));
        // The same cell, in its first attempt.
        Assert.Equal(["1|1"], await _fabric.RowsAsync($"select count(*), max((body::json ->> 'attempt')::int) from journal.entry where stream_id = '{mission.Value}' and kind = 'cell.booted'"));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task A_row_that_changed_voids_the_gate_and_the_cell_asks_again()
    {
        await _fabric.StartWorkerAsync();
        var (ann, bob) = (await _scene.PersonAsync("ann-5"), await _scene.PersonAsync("bob-5"));
        var mission = await OpenAsync("changed", """{"quorum": 2}""");
        await _fabric.SubmitAsync(mission, [("s-1", "set r-1 5")]);
        await DoneAsync(mission, "ask/s-1");
        await _fabric.SubmitAsync(mission, [("q-1", "ask release 1 r-1"), ("q-2", "ask release 2 r-2")]);
        await _fabric.UntilAsync("Gates", "two to be open", () => _fabric.CountAsync($"select count(*) from control.gate where mission_id = '{mission.Value}' and status = 'open'"), static open => open == 2);
        var gates = await GatesAsync(mission);
        Assert.Equal("counted", await GateScene.DecideAsync(ann, gates["ask/q-1"]));
        Assert.Equal("counted", await GateScene.DecideAsync(ann, gates["ask/q-2"]));
        await _fabric.SubmitAsync(mission, [("s-2", "set r-1 6")]);
        await DoneAsync(mission, "ask/s-2");

        // The other row is what it was: absent.
        Assert.Equal("approved", await GateScene.DecideAsync(bob, gates["ask/q-2"]));
        Assert.Equal("voided", await GateScene.DecideAsync(bob, gates["ask/q-1"]));
        var again = await _scene.GateAsync(mission, gates["ask/q-1"].GetProperty("gate").GetProperty("gate").GetInt64());
        Assert.Contains("\"n\":6", again.GetProperty("shown").GetProperty("rows")[0].GetProperty("row").GetString(), StringComparison.Ordinal);
        Assert.Empty(again.GetProperty("gate").GetProperty("approvals").EnumerateArray());
        Assert.Equal("denied", await GateScene.DecideAsync(bob, again, "deny"));
        await EndAsync(mission);
        Assert.Equal("denied", await _fabric.ResultAsync(mission, "ask/q-1"));
        Assert.Equal("approved", await _fabric.ResultAsync(mission, "ask/q-2"));
        Assert.Equal(["rows_changed"], await _fabric.RowsAsync($"select code from control.gate where mission_id = '{mission.Value}' and status = 'voided'"));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task A_lost_host_an_end_of_time_and_requests_that_make_no_sense_leave_a_log_that_replays()
    {
        var worker = await _fabric.StartWorkerAsync();
        var ann = await _scene.PersonAsync("ann-6");
        var mission = await OpenAsync("lost");
        await _fabric.SubmitAsync(mission, [
            ("bad-1", "raw {\"gate\":\"release\"}"), ("bad-2", "raw {\"gate\":\"other\",\"subject\":1}"), ("bad-3", "raw {\"gate\":\"release\",\"subject\":1,\"rows\":[{\"table\":\"nobody\",\"key\":[1]}]}"),
            ("bad-4", "raw {\"gate\":\"release\",\"subject\":1,\"subject\":2}"), ("q-1", "two release {\"a\":[1]}")]);
        var later = await OpenAsync("later", """{"expires_ms": 400}""");
        await _fabric.SubmitAsync(later, [("q-1", "ask release 1")]);
        await EndAsync(later);
        Assert.Equal("expired", await _fabric.ResultAsync(later, "ask/q-1"));

        await _fabric.UntilAsync("Gates", "two to be open", () => _fabric.CountAsync($"select count(*) from control.gate where mission_id = '{mission.Value}' and status = 'open'"), static open => open == 2);
        await worker.KillAsync();
        await _fabric.StartWorkerAsync();
        var first = await _scene.GateAsync(mission);
        Assert.Equal("approved", await GateScene.DecideAsync(ann, first));
        Assert.Equal("approved", await GateScene.DecideAsync(ann, await _scene.GateAsync(mission)));
        await EndAsync(mission);
        Assert.Equal("approved", await _fabric.ResultAsync(mission, "ask/q-1"));
        Assert.Equal(["-8", "-11", "-8", "-8"], new[] { await _fabric.ResultAsync(mission, "ask/bad-1"), await _fabric.ResultAsync(mission, "ask/bad-2"), await _fabric.ResultAsync(mission, "ask/bad-3"), await _fabric.ResultAsync(mission, "ask/bad-4") });
        Assert.Equal(
            ["gate_not_declared|other"],
            await _fabric.AuditRowsAsync($"select p ->> 'code', p ->> 'place' from audit.denied_call, json_array_elements(places) p where mission_id = '{mission.Value}'"));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
        await _fabric.AssertReplaysAsync(later);
    }

    [Fact]
    public async Task The_command_shows_what_is_asked_signs_it_and_nobody_else_can_read_the_key()
    {
        await _fabric.StartWorkerAsync();
        var (grey, mission) = (await _scene.PersonAsync("dr.clark"), await OpenAsync("by-command", """{"approvers": ["dr.clark"]}"""));
        await _fabric.SubmitAsync(mission, [("q-1", "ask release {\"amount\":12,\"to\":\"\\u001b[2J\"} r-1")]);
        var number = (await _scene.GateAsync(mission)).GetProperty("gate").GetProperty("gate").GetInt64();
        var key = Path.Combine(_fabric.State.Paths.Root, "clark.key");
        using var asOperator = new FabricClient(new FabricAddress(_fabric.Http.BaseAddress!, _fabric.State.ApiKey(), null, null));
        using var asClark = new FabricClient(new FabricAddress(_fabric.Http.BaseAddress!, grey.ApiKey, null, null));

        Assert.Contains("public key", await RunAsync(asClark, 0, "key", "--key", key), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        var told = await RunAsync(asClark, 0, "key", "--key", key);
        var publicKey = told.Split('\n').Single(static line => line.StartsWith("public key", StringComparison.Ordinal))[11..].Trim();
        await RunAsync(asOperator, 0, "enroll", "--name", "dr.clark", "--public-key", publicKey, "--principal", grey.KeyId);
        Assert.Contains("dr.clark", await RunAsync(asClark, 0, "approvers"), StringComparison.Ordinal);
        Assert.Contains($"{mission}/{number}", await RunAsync(asClark, 0, "list", "--wait"), StringComparison.Ordinal);
        var shown = await RunAsync(asClark, 0, "show", $"{mission}/{number}");
        Assert.Contains("\"amount\": 12", shown, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', shown);

        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        await Assert.ThrowsAsync<CliException>(() => RunAsync(asClark, 0, "approve", $"{mission}/{number}", "--key", key, "--name", "dr.clark"));
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await Assert.ThrowsAsync<ApiException>(() => RunAsync(asClark, 0, "approve", $"{mission}/{number}"));
        Assert.Contains("Approved", await RunAsync(asClark, 0, "approve", $"{mission}/{number}", "--key", key, "--name", "dr.clark", "--comment", "fine"), StringComparison.Ordinal);
        await EndAsync(mission);
        await RunAsync(asOperator, 0, "revoke", "dr.clark");
        await _fabric.AssertReplaysAsync(mission);
    }

    private static async Task<string> RunAsync(FabricClient client, int expected, params string[] words)
    {
        await using var output = new StringWriter();
        Assert.Equal(expected, await GatesCommand.RunAsync(client, Arguments.Parse(words, GatesCommand.Options), output, CancellationToken.None));
        return output.ToString();
    }

    private async Task<MissionId> OpenAsync(string name, string rule = "{}")
    {
        var module = await _fabric.RegisterAsync("asker", BuiltFiles.Guest("asker"));
        return await _fabric.OpenAsync(GateScene.Asking(module, name, rule), wait: 20);
    }

    private async Task EndAsync(MissionId mission)
    {
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "A mission that asks");
    }

    private Task<IReadOnlyList<string>> DoneAsync(MissionId mission, string task) => _fabric.UntilAsync(
        task, "to be completed", () => _fabric.RowsAsync($"select status from control.task where mission_id = '{mission.Value}' and task_key = '{task}'"), static rows => rows is ["completed"]);

    private async Task<Dictionary<string, JsonElement>> GatesAsync(MissionId mission)
    {
        var gates = new Dictionary<string, JsonElement>();
        foreach (var gate in (await _fabric.GetAsync($"/v1/gates?mission={mission}")).GetProperty("gates").EnumerateArray())
        {
            gates[gate.GetProperty("task_key").GetString()!] = await _fabric.GetAsync($"/v1/gates/{mission}/{gate.GetProperty("gate").GetInt64()}");
        }

        return gates;
    }

    private async Task<JsonElement> HostAsync() => (await _fabric.GetAsync("/v1/hosts")).GetProperty("hosts").EnumerateArray().Last(static host => host.GetProperty("state").GetString() == "live");
}
