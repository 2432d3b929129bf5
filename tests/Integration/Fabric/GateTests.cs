using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: a task behind a gate begins when the people its rule names let it through, and what they let through is what runs. Method: real
/// processes, people with keys of their own, the log, verification and replay.
/// </summary>
public sealed class GateTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private readonly RunningFabric _fabric = fixture.Fabric;
    private readonly GateScene _scene = new(fixture.Fabric);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task A_task_waits_for_two_people_who_did_not_ask_for_it_and_then_runs_what_they_read()
    {
        await _fabric.StartWorkerAsync();
        var (ann, bob, owner) = (await _scene.PersonAsync("ann"), await _scene.PersonAsync("bob"), await _scene.PersonAsync("olga", "operator"));
        var mission = await OpenAsync("attested", """{"quorum": 2, "roles": ["approver", "operator"]}""");
        var gate = await _scene.GateAsync(mission);
        Assert.Equal("gate release", (await _fabric.RowsAsync($"select waiting_for from control.task where mission_id = '{mission.Value}'")).Single());
        Assert.Equal(0, await CountAsync(mission, "task.dispatched"));
        var document = gate.GetProperty("document").GetBytesFromBase64();
        Assert.Equal(gate.GetProperty("gate").GetProperty("digest").GetString(), Convert.ToHexStringLower(SHA256.HashData(document)));
        using (var shown = JsonDocument.Parse(document))
        {
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("hello"u8)), shown.RootElement.GetProperty("input").GetProperty("sha256").GetString());
        }

        var requester = new Person("requester", "", "", _fabric.Http, ann.Signer);
        await GateScene.RefusedAsync("gate_own_request", requester, gate);
        await GateScene.RefusedAsync("gate_own_request", requester, gate, "deny");
        await GateScene.RefusedAsync("gate_changed", ann, gate, digest: new string('0', 64));
        await GateScene.RefusedAsync("gate_role", await _scene.PersonAsync("tom", "tenant"), gate);
        Assert.Equal("counted", await GateScene.DecideAsync(ann, gate));
        await GateScene.RefusedAsync("gate_already_decided", ann, gate);
        Assert.Equal(0, await CountAsync(mission, "task.dispatched"));
        Assert.Equal("approved", await GateScene.DecideAsync(owner, gate));
        await _fabric.EndAsync(mission, "A mission with a gate");
        Assert.Equal("hello", await _fabric.ResultAsync(mission, "work/one"));
        await GateScene.RefusedOrGoneAsync(bob, gate);

        Assert.Equal(
            [$"ann|approver|attested|open|{ann.KeyId}|read it", $"olga|operator|attested|approved|{owner.KeyId}|read it"],
            await _fabric.AuditRowsAsync($"select principal_name, role, how, state, principal, comment from audit.gate_decision where mission_id = '{mission.Value}' order by seq"));
        Assert.Equal(
            ["approved|2|2|True"], await _fabric.AuditRowsAsync($"select status, approvals, quorum, digest_matches from audit.gate where mission_id = '{mission.Value}'"));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task A_denial_and_a_time_that_is_over_refuse_the_task_and_an_escalation_leaves_it_open()
    {
        await _fabric.StartWorkerAsync();
        var ann = await _scene.PersonAsync("ann-2");
        var denied = await OpenAsync("denied", """{"quorum": 2}""");
        Assert.Equal("denied", await GateScene.DecideAsync(ann, await _scene.GateAsync(denied), "deny"));
        await _fabric.EndAsync(denied, "A denied task");
        Assert.Equal(["refused|gate_denied"], await TaskAsync(denied));

        var expired = await OpenAsync("expired", """{"expires_ms": 300}""");
        await _fabric.EndAsync(expired, "A task nobody looked at");
        Assert.Equal(["refused|gate_expired"], await TaskAsync(expired));

        var escalated = await OpenAsync("escalated", """{"expires_ms": 300, "on_expiry": "escalate"}""");
        await _fabric.UntilAsync("The gate", "to be escalated", () => CountAsync(escalated, "gate.escalated"), static count => count == 1);
        var gate = await _scene.GateAsync(escalated);
        Assert.Equal("escalated", gate.GetProperty("gate").GetProperty("state").GetString());
        Assert.Equal("approved", await GateScene.DecideAsync(ann, gate));
        await _fabric.EndAsync(escalated, "An escalated task");
        await _fabric.AssertCleanAsync();
        foreach (var mission in new[] { denied, expired, escalated })
        {
            await _fabric.AssertReplaysAsync(mission);
        }
    }

    [Fact]
    public async Task Enrolled_approvers_decide_with_their_own_keys_and_nobody_else_in_their_name()
    {
        await _fabric.StartWorkerAsync();
        var (grey, who, other) = (await _scene.PersonAsync("dr.grey"), await _scene.PersonAsync("dr.who"), await _scene.PersonAsync("dr.other"));
        foreach (var person in new[] { grey, who, other })
        {
            await _scene.EnrollAsync(person);
        }

        const string rule = """{"quorum": 2, "approvers": ["dr.grey", "dr.who"]}""";
        var (first, second) = (await OpenAsync("signed", rule), await OpenAsync("signed-too", rule));
        var (gate, elsewhere) = (await _scene.GateAsync(first), await _scene.GateAsync(second));
        await GateScene.RefusedAsync("gate_signature_required", grey, gate);
        await GateScene.RefusedAsync("gate_approver", other, gate, signature: GateScene.Sign(other, gate, "approve"));
        await GateScene.RefusedAsync("gate_signature", grey, gate, signature: GateScene.Sign(grey, elsewhere, "approve"));
        await GateScene.RefusedAsync("gate_signature", grey, gate, signature: GateScene.Sign(grey, gate, "deny"));
        // In another's name, with one's own key, and with another's signature from one's own API key.
        await GateScene.RefusedAsync("gate_signature", other, gate, signature: GateScene.Sign(other, gate, "approve", name: "dr.grey"));
        await GateScene.RefusedAsync("gate_signature", other, gate, signature: GateScene.Sign(grey, gate, "approve"));
        Assert.Equal("counted", await GateScene.DecideAsync(grey, gate, signed: true));
        await GateScene.RefusedAsync("gate_already_decided", grey, gate, signature: GateScene.Sign(grey, gate, "approve"));
        Assert.Equal("approved", await GateScene.DecideAsync(who, gate, signed: true));
        await _fabric.EndAsync(first, "A mission signed by two");

        using (var revoked = await _fabric.Http.DeleteAsync("/v1/approvers/dr.who"))
        {
            await GateScene.OkAsync(revoked, "revoked");
        }

        Assert.Equal("counted", await GateScene.DecideAsync(grey, elsewhere, signed: true));
        await GateScene.RefusedAsync("gate_not_enrolled", who, elsewhere, signature: GateScene.Sign(who, elsewhere, "approve"));
        await _scene.EnrollAsync(who);
        Assert.Equal("approved", await GateScene.DecideAsync(who, elsewhere, signed: true));
        await _fabric.EndAsync(second, "Another mission signed by two");

        Assert.Equal(
            ["dr.grey|signed|True", "dr.grey|signed|True", "dr.who|signed|True", "dr.who|signed|True"],
            await _fabric.AuditRowsAsync($"select approver, how, enrolled from audit.gate_decision where mission_id in ('{first.Value}', '{second.Value}') order by approver"));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(first);
        await _fabric.AssertReplaysAsync(second);
    }

    [Fact]
    public async Task Another_version_of_the_module_voids_what_was_approved_and_a_lost_host_does_not()
    {
        var worker = await _fabric.StartWorkerAsync();
        var ann = await _scene.PersonAsync("ann-3");
        var module = await _fabric.RegisterAsync("echo", BuiltFiles.Sample("echo/echo.wasm"));
        var other = await _fabric.RegisterAsync("misbehave", BuiltFiles.Guest("misbehave"));
        var mission = await _fabric.OpenAsync(GateScene.Gated(module, "voided", "{}"), wait: 20);
        await _fabric.SubmitAsync(mission, [("one", "hello")]);
        await _fabric.CloseAsync(mission);
        var gate = await _scene.GateAsync(mission);
        foreach (var to in new[] { other, module })
        {
            using var reload = await _fabric.Http.PostAsync("/v1/modules/echo:reload", JsonContent(new { to, missions = new[] { mission.ToString() } }));
            var text = await reload.Content.ReadAsStringAsync();
            Assert.True(reload.StatusCode == HttpStatusCode.OK && text.Contains("\"reloaded\"", StringComparison.Ordinal), text);
        }

        var asked = gate.GetProperty("gate").GetProperty("gate").GetInt64();
        await _fabric.UntilAsync(
            "Gates", "to be voided by each reload", () => _fabric.RowsAsync($"select seq, kind from journal.entry where stream_id = '{mission.Value}' order by seq"),
            static rows => rows.Count(static row => row.EndsWith("|gate.voided", StringComparison.Ordinal)) == 2);
        await GateScene.RefusedAsync("gate_not_open", ann, gate);
        var fresh = await _scene.GateAsync(mission, asked);
        await worker.KillAsync();
        using (var waits = await GateScene.SendAsync(ann, fresh))
        {
            // Durable, and answered by whoever owns the mission next.
            Assert.Equal(HttpStatusCode.Accepted, waits.StatusCode);
        }

        await _fabric.StartWorkerAsync();
        await _fabric.EndAsync(mission, "A mission whose owner was lost");
        Assert.Equal("hello", await _fabric.ResultAsync(mission, "work/one"));
        Assert.Equal(2, await CountAsync(mission, "epoch.began"));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task Who_waits_is_told_when_a_gate_comes_and_when_it_is_decided()
    {
        await _fabric.StartWorkerAsync();
        var ann = await _scene.PersonAsync("ann-7");
        using var follow = new HttpRequestMessage(HttpMethod.Get, "/v1/gates/events");
        using var stream = await ann.Http.SendAsync(follow, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync());
        var module = await _fabric.RegisterAsync("echo", BuiltFiles.Sample("echo/echo.wasm"));
        var mission = await _fabric.OpenAsync(GateScene.Gated(module, "told", "{}"), wait: 20);
        var path = $"/v1/gates?state=pending&mission={mission}&wait=55s";
        var polling = ann.Http.GetAsync(path);
        await _fabric.SubmitAsync(mission, [("one", "hello")]);
        await _fabric.CloseAsync(mission);
        using var polled = await polling;
        Assert.Contains("\"state\":\"open\"", await polled.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("open", await NextAsync(reader, mission));
        using (var unchanged = new HttpRequestMessage(HttpMethod.Get, path.Replace("55s", "0s", StringComparison.Ordinal)))
        {
            unchanged.Headers.IfNoneMatch.Add(polled.Headers.ETag!);
            using var answer = await ann.Http.SendAsync(unchanged);
            Assert.Equal(HttpStatusCode.NotModified, answer.StatusCode);
        }

        using var changing = new HttpRequestMessage(HttpMethod.Get, path);
        changing.Headers.IfNoneMatch.Add(polled.Headers.ETag!);
        var change = ann.Http.SendAsync(changing);
        Assert.Equal("approved", await GateScene.DecideAsync(ann, await _scene.GateAsync(mission)));
        using var changed = await change;
        Assert.Contains("\"gates\":[]", await changed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("approved", await NextAsync(reader, mission));
        await _fabric.EndAsync(mission, "A mission that was watched");
    }

    private static async Task<string> NextAsync(StreamReader reader, MissionId mission)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal) && line.Contains(mission.ToString(), StringComparison.Ordinal))
            {
                using var gate = JsonDocument.Parse(line[6..]);
                return gate.RootElement.GetProperty("state").GetString()!;
            }
        }

        return "the stream ended";
    }

    private static System.Net.Http.Json.JsonContent JsonContent(object body) => System.Net.Http.Json.JsonContent.Create(body);

    private async Task<MissionId> OpenAsync(string name, string rule)
    {
        var module = await _fabric.RegisterAsync("echo", BuiltFiles.Sample("echo/echo.wasm"));
        var mission = await _fabric.OpenAsync(GateScene.Gated(module, name, rule), wait: 20);
        await _fabric.SubmitAsync(mission, [("one", "hello")]);
        await _fabric.CloseAsync(mission);
        return mission;
    }

    private Task<IReadOnlyList<string>> TaskAsync(MissionId mission) =>
        _fabric.RowsAsync($"select status, outcome_code from control.task where mission_id = '{mission.Value}'");

    private Task<long> CountAsync(MissionId mission, string kind) =>
        _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = '{kind}'");
}
