using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Migrations;
using Voxeltron.Tests.Support;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>
/// Writes, with the worker's role, the rows an owner host would have written. Chains and seals are filler: these tests are about
/// what the Api reads. The tests with real workers are elsewhere.
/// </summary>
internal sealed class OwnerInSql(TestDatabase database)
{
    private const string Actor = "host/00000000000000000000000000000001";

    public async Task<string> RegisterModuleAsync(string tenant, string? digest = null)
    {
        digest ??= Convert.ToHexStringLower(SHA256.HashData(Guid.NewGuid().ToByteArray()));
        await RunAsync(
            """
            insert into control.module (tenant_id, module_digest, name, status, size_bytes, abi_version, imports, exports, submitted_seq, time_created)
            values (@tenant, @digest, 'extract', 'registered', 100, 1, '{}', '{memory}', 1, now())
            """, ("tenant", tenant), ("digest", digest));
        return digest;
    }

    public Task RefuseModuleAsync(string tenant, string digest, string code, string reason) => RunAsync(
        """
        insert into control.module (tenant_id, module_digest, name, status, size_bytes, imports, exports, reason_code, reason, submitted_seq, time_created)
        values (@tenant, @digest, 'bad', 'refused', 100, '{}', '{}', @code, @reason, 1, now());
        notify voxeltron_journal
        """, ("tenant", tenant), ("digest", digest), ("code", code), ("reason", reason));

    /// <summary>Appends everything pending in the mission's inbox and opens the mission.</summary>
    public async Task AdmitAsync(string tenant, MissionId mission, string status = "running", string subject = "")
    {
        await AppendInboxAsync(tenant, mission);
        await SetMissionAsync(tenant, mission, status);
        await RunAsync("select pg_notify('voxeltron_journal', @subject)", ("subject", subject));
    }

    public Task SetMissionAsync(string tenant, MissionId mission, string status) => RunAsync(
        """
        insert into control.mission (tenant_id, mission_id, name, status, spec_digest, seq, epoch, tasks_total, tasks_waiting, tasks_running,
            tasks_completed, tasks_refused, tasks_failed, tasks_skipped, time_created, time_modified, time_completed)
        values (@tenant, @mission, 'prior-auth', @status, repeat('a', 64), 1, 1, 0, 0, 0, 0, 0, 0, 0, now(), now(),
            case when @status in ('completed', 'failed', 'cancelled') then now() end)
        on conflict (tenant_id, mission_id) do update
        set status = excluded.status, time_completed = excluded.time_completed, time_modified = now()
        """, ("tenant", tenant), ("mission", mission.Value), ("status", status));

    public Task AppendInboxAsync(string tenant, MissionId mission) => RunAsync(
        """
        with head as (
            select coalesce(max(seq), 0) as seq from journal.entry where tenant_id = @tenant and stream_id = @mission
        ), pending as (
            select i.*, h.seq + row_number() over (order by i.position) as new_seq
            from control.inbox i cross join head h
            where i.tenant_id = @tenant and i.stream_id = @mission and i.consumed_seq is null
        ), appended as (
            insert into journal.entry (tenant_id, stream_id, seq, epoch, time, kind, actor, body, payload, payload_salt, chain)
            select tenant_id, stream_id, new_seq, 1, now(), kind, actor, body, payload, payload_salt, sha256('x'::bytea) from pending
        )
        update control.inbox i
        set consumed_seq = p.new_seq, payload = null, payload_salt = null
        from pending p
        where i.tenant_id = p.tenant_id and i.inbox_id = p.inbox_id
        """, ("tenant", tenant), ("mission", mission.Value));

    /// <summary>Appends the pending intents and refuses the last of them.</summary>
    public async Task RefuseAsync(string tenant, MissionId mission, string kind, string code, string errors)
    {
        var intent = await database.ScalarAsync<Guid>(RoleDefaults.Worker, $"select inbox_id from control.inbox where stream_id = '{mission.Value}' and kind = '{kind}' order by position desc limit 1");
        await AppendInboxAsync(tenant, mission);
        var body = $$"""{"code":"{{code}}","intent":"{{intent:N}}","intent_seq":1,"v":1}""";
        await AppendAsync(tenant, mission, "intent.refused", body, Encoding.UTF8.GetBytes(errors));
        await RunAsync("notify voxeltron_journal");
    }

    public async Task CompleteTaskAsync(string tenant, MissionId mission, string task, string status, string payload, string? outcome = null)
    {
        var seq = await AppendAsync(tenant, mission, "action", $$"""{"cell":"cell_00000000000000000000000000000002","fuel":41,"task":"{{task}}"}""", Encoding.UTF8.GetBytes(payload));
        await TaskAsync(tenant, mission, task, status, seq, outcome);
    }

    public Task TaskAsync(string tenant, MissionId mission, string task, string status, long seq, string? outcome = null) => RunAsync(
        """
        insert into control.task (tenant_id, mission_id, task_key, task_id, item_key, status, attempt, cell_id, module_digest, outcome_code, last_seq, time_created, time_modified)
        values (@tenant, @mission, @task, split_part(@task, '/', 1), nullif(split_part(@task, '/', 2), ''), @status, 1, gen_random_uuid(), repeat('a', 64), nullif(@outcome, ''), @seq, now(), now())
        """, ("tenant", tenant), ("mission", mission.Value), ("task", task), ("status", status), ("seq", seq), ("outcome", outcome ?? ""));

    public async Task<long> AppendAsync(string tenant, MissionId mission, string kind, string body, byte[]? payload)
    {
        await RunAsync(
            """
            insert into journal.entry (tenant_id, stream_id, seq, epoch, time, kind, actor, body, payload, payload_salt, chain)
            select @tenant, @mission, coalesce(max(seq), 0) + 1, 1, now(), @kind, @actor, @body, nullif(@payload, ''::bytea),
                case when @payload = ''::bytea then null else substring(sha256('s'::bytea) from 1 for 16) end, sha256('x'::bytea)
            from journal.entry where tenant_id = @tenant and stream_id = @mission
            """, ("tenant", tenant), ("mission", mission.Value), ("kind", kind), ("actor", Actor), ("body", body), ("payload", payload ?? []));
        return await database.ScalarAsync<long>(RoleDefaults.Worker, $"select max(seq) from journal.entry where stream_id = '{mission.Value}'");
    }

    private async Task RunAsync(string sql, params (string Name, object Value)[] parameters)
    {
        await using var connection = await database.Worker.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        await command.ExecuteNonQueryAsync();
    }
}
