using System.Security.Cryptography;
using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: who can write to the inbox can ask for nothing he has no key for. Method: rows inserted with the Api's own database role,
/// each wrong in one way; beside them a mission that must not notice.
/// </summary>
[Collection(WorkingFabric.Name)]
public sealed class ForgeryTests(WorkingFabricFixture fixture)
{
    private readonly RunningFabric _fabric = fixture.Fabric;

    [Fact]
    public async Task A_forged_row_is_never_appended_and_stays_visible()
    {
        var (victim, other) = (await OpenAsync(), await OpenAsync());
        var api = _fabric.State.Signer(FabricKey.Api);
        var stranger = new Ed25519Signer(RandomNumberGenerator.GetBytes(32));
        var genuine = Item(api, victim, "swapped");
        Forgery[] forged =
        [
            new("unsigned", Item(api, victim, "unsigned") with { Signature = new byte[64] }),
            new("an unknown key", Item(stranger, victim, "unknown")),
            new("another key in the Api's name", Item(stranger, victim, "named", Actors.Key("api", api.KeyId)) with { Signer = api.KeyId }),
            new("the Api as the CA", Item(api, victim, "as-ca", Actors.Key("ca", _fabric.State.Signer(FabricKey.Ca).KeyId))),
            new("another stream's", Item(api, other, "other-stream") with { Stream = StreamId.Of(victim) }),
            new("another tenant's", Item(api, victim, "other-tenant") with { Tenant = TenantId.Fabric, Stream = StreamId.System(TenantId.Fabric) }),
            new("another kind", Item(api, victim, "other-kind") with { Kind = EntryKinds.InputClosed }),
            new("another id", Item(api, victim, "other-id") with { Id = Guid.NewGuid() }),
            new("a delegation by the Api", Sign(api, StreamId.System(TenantId.Fabric), EntryKinds.KeyDelegated, "self", tenant: TenantId.Fabric)),
            new("an item by the SRE", Item(_fabric.State.Signer(FabricKey.Sre), victim, "by-sre", Actors.Key("sre", _fabric.State.Signer(FabricKey.Sre).KeyId))),
            new("an unknown kind", Item(api, victim, "unknown-kind") with { Kind = "mission.completed" }),
            new("a swapped payload", genuine with { Payload = [.. genuine.Payload!, 1] }),
            new("a changed body", Item(api, victim, "changed") is var changed ? changed with { Body = changed.Body.ToString().Replace("changed", "chanced", StringComparison.Ordinal) } : changed),
        ];
        foreach (var forgery in forged)
        {
            await InsertAsync(forgery.Row);
        }

        foreach (var forgery in forged)
        {
            await _fabric.UntilAsync(
                $"Looking for the refusal of {forgery.What}",
                "a line of the worker's log that names the row",
                () => Task.FromResult(fixture.Worker.Said($"{forgery.Row.Id} of tenant")),
                static lines => lines > 0);
        }

        foreach (var mission in new[] { victim, other })
        {
            await _fabric.SubmitAsync(mission, "honest", "x"u8.ToArray());
            await _fabric.CloseAsync(mission);
            var view = await _fabric.EndAsync(mission, "The mission beside the forgeries");
            Assert.Equal(1, view.GetProperty("tasks").GetProperty("total").GetInt32());
        }

        foreach (var forgery in forged)
        {
            var id = forgery.Row.Id;
            Assert.Equal(1, await _fabric.CountAsync($"select count(*) from audit.inbox_pending where inbox_id = '{id}'"));
            Assert.Equal(0, await _fabric.CountAsync($"select count(*) from journal.entry where body like '%{id:N}%'"));
            // Swept again every second all the while, and still said once.
            Assert.Equal(1, fixture.Worker.Said($"{id} of tenant"));
        }

        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(victim);
        await CleanUpAsync(forged);
    }

    [Fact]
    public async Task A_forged_row_for_a_finished_mission_adds_nothing_to_its_log()
    {
        var mission = await OpenAsync();
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "The empty mission");
        var length = await LengthAsync(mission);
        var forgery = new Forgery("late", Item(new Ed25519Signer(RandomNumberGenerator.GetBytes(32)), mission, "late"));
        await InsertAsync(forgery.Row);
        await _fabric.UntilAsync(
            "Looking for the refusal of the late row", "it in the log", () => Task.FromResult(fixture.Worker.Said($"{forgery.Row.Id} of tenant")), static lines => lines > 0);
        await _fabric.UntilAsync(
            "Waiting for the finished mission to be let go",
            "no owner",
            () => _fabric.RowsAsync($"select host_id is null from control.lease where stream_id = '{mission.Value}'"),
            static rows => rows.Single() == "True");

        Assert.Equal(length, await LengthAsync(mission));
        await _fabric.AssertCleanAsync();
        await CleanUpAsync([forgery]);
    }

    [Fact]
    public async Task A_genuine_row_entered_again_after_it_was_pruned_is_not_appended_twice()
    {
        var mission = await OpenAsync();
        var genuine = Item(_fabric.State.Signer(FabricKey.Api), mission, "once");
        await InsertAsync(genuine);
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "The mission with one genuine item");
        var length = await LengthAsync(mission);
        var claims = fixture.Worker.Said("ended here: Over");
        // As housekeeping does in time: then nothing in the inbox knows the id any more.
        await _fabric.AdministerAsync($"delete from control.inbox where inbox_id = '{genuine.Id}'");
        await InsertAsync(genuine);
        await _fabric.UntilAsync(
            "Waiting for the finished mission to be looked at and let go", "a lease given back", () => Task.FromResult(fixture.Worker.Said("ended here: Over")), lines => lines > claims);

        Assert.Equal(length, await LengthAsync(mission));
        await _fabric.AssertCleanAsync();
        await CleanUpAsync([new Forgery("again", genuine)]);
    }

    private Task<long> LengthAsync(MissionId mission) => _fabric.CountAsync($"select seq from journal.stream_head where stream_id = '{mission.Value}'");

    private async Task<MissionId> OpenAsync()
    {
        var module = await _fabric.RegisterAsync("echo", BuiltFiles.Sample("echo/echo.wasm"));
        return await _fabric.OpenAsync(Specs.Mapped(module, "forgery"), wait: 20);
    }

    private Intent Item(ISigner signer, MissionId mission, string item, string? actor = null) =>
        Sign(signer, StreamId.Of(mission), EntryKinds.InputSubmitted, item, actor);

    private Intent Sign(ISigner signer, StreamId stream, string kind, string item, string? actor = null, TenantId? tenant = null) => IntentBuilder.Build(
        signer,
        actor ?? Actors.Key("api", signer.KeyId),
        tenant ?? _fabric.Tenant,
        stream,
        kind,
        TimeProvider.System.NowUs(),
        Guid.NewGuid(),
        json => json.Name("input").String("requests").Name("item").String(item),
        [1, 2, 3],
        RandomNumberGenerator.GetBytes(PayloadDigest.SaltBytes));

    private async Task InsertAsync(Intent row)
    {
        await using var connection = new NpgsqlConnection(_fabric.State.ConnectionString(FabricRole.Api));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            insert into control.inbox (tenant_id, inbox_id, stream_id, kind, actor, body, payload, payload_salt, signer, signature)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            connection);
        object[] values = [row.Tenant.Value, row.Id, row.Stream.Value, row.Kind, row.Actor, row.Body.ToString(), row.Payload!, row.Salt!, row.Signer.Value, row.Signature];
        command.Parameters.AddRange(values.Select(static value => new NpgsqlParameter { Value = value }).ToArray());
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    /// <summary>As an operator would after finding out; the tests that share the fabric start from an empty inbox.</summary>
    private Task CleanUpAsync(IEnumerable<Forgery> forged) =>
        _fabric.AdministerAsync($"delete from control.inbox where inbox_id in ({string.Join(',', forged.Select(static forgery => $"'{forgery.Row.Id}'"))})");

    private sealed record Forgery(string What, Intent Row);
}
