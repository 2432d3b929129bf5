using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Voxeltron.Api.Housekeeping;
using Voxeltron.Postgres;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: whoever can write Hangfire's tables still cannot make the Api run another method. Method: such jobs, entered for real.</summary>
public sealed class ClosedJobListTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task A_job_of_any_other_type_fails_and_never_runs()
    {
        var jobs = new BackgroundJobClient(api.Services.GetRequiredService<JobStorage>());
        foreach (var id in new[] { jobs.Create(Job.FromExpression(() => ForeignJob.Static()), new EnqueuedState()), jobs.Create(Job.FromExpression<ForeignJob>(static job => job.Instance()), new EnqueuedState()) })
        {
            var state = "";
            await Eventually.TrueAsync("a foreign job to end", async () =>
                (state = await api.Database.ScalarAsync<string>("voxeltron_api", $"select statename from hangfire.job where id = {id}")) is not ("Enqueued" or "Processing"));
            Assert.Equal("Failed", state);
        }

        Assert.Equal(0, ForeignJob.Ran);
    }

    [Fact]
    public async Task Housekeeping_runs_and_prunes_only_what_is_old_and_consumed()
    {
        await api.SubmitMissionAsync();
        await api.Database.AdministerAsync("insert into control.idempotency select tenant_id, scope, 'old', request_sha256, inbox_id, resource, now() - interval '8 days' from control.idempotency limit 1");
        var jobs = new BackgroundJobClient(api.Services.GetRequiredService<JobStorage>());
        jobs.Create(Job.FromExpression<HousekeepingJobs>(static job => job.PruneIdempotencyAsync(CancellationToken.None)), new EnqueuedState());
        await Eventually.TrueAsync("the old key to go", async () =>
            await api.Database.ScalarAsync<long>("voxeltron_api", "select count(*) from control.idempotency where idempotency_key = 'old'") == 0);
        Assert.True(await api.Database.ScalarAsync<long>("voxeltron_api", "select count(*) from control.idempotency") > 0);
    }

    [Fact]
    public async Task Inbox_rows_go_when_they_are_consumed_and_old_and_not_before()
    {
        var mission = await api.SubmitMissionAsync();
        var names = new[] { "old-consumed", "old-pending", "young-consumed" };
        foreach (var name in names)
        {
            var (age, seq) = (name.StartsWith("old", StringComparison.Ordinal) ? "25 hours" : "23 hours", name.EndsWith("consumed", StringComparison.Ordinal) ? "7" : "null");
            await api.Database.AdministerAsync($"""
                insert into control.inbox (tenant_id, inbox_id, stream_id, kind, actor, body, signer, signature, time_created, consumed_seq)
                select tenant_id, gen_random_uuid(), stream_id, kind, '{name}', body, signer, signature, now() - interval '{age}', {seq}
                  from control.inbox where stream_id = '{mission.Value}' and kind = 'mission.submitted' limit 1
                """);
        }

        var jobs = new BackgroundJobClient(api.Services.GetRequiredService<JobStorage>());
        jobs.Create(Job.FromExpression<HousekeepingJobs>(static job => job.PruneInboxAsync(CancellationToken.None)), new EnqueuedState());
        await Eventually.TrueAsync("the old consumed row to go", async () => await CountAsync("old-consumed") == 0);
        Assert.Equal(1, await CountAsync("old-pending"));
        Assert.Equal(1, await CountAsync("young-consumed"));
        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            new HousekeepingCommands(api.Database.Api).PruneInboxAsync(TimeSpan.FromMinutes(59), CancellationToken.None));
        Assert.Contains("an hour at least", refused.MessageText, StringComparison.Ordinal);

        Task<long> CountAsync(string actor) => api.Database.ScalarAsync<long>("voxeltron_api", $"select count(*) from control.inbox where actor = '{actor}'");
    }

    [Fact]
    public async Task Changes_of_views_are_folded_when_they_are_older_than_the_setting_says()
    {
        await using var owner = await ViewOwner.BeginAsync(api);
        await owner.DeclareAsync("findings", published: true, ViewOwner.Row(1, 1));
        await owner.ChangeAsync("findings", ViewOwner.Row(2, 1));
        await owner.ChangeAsync("findings", ViewOwner.Row(3, 1));
        await api.Database.AdministerAsync($"update control.view_delta set time_created = now() - interval '3601 s' where mission_id = '{owner.Mission.Value}' and seq = 2");
        await api.Database.AdministerAsync($"update control.view_delta set time_created = now() - interval '3500 s' where mission_id = '{owner.Mission.Value}' and seq = 3");
        var jobs = new BackgroundJobClient(api.Services.GetRequiredService<JobStorage>());
        jobs.Create(Job.FromExpression<HousekeepingJobs>(static job => job.FoldViewsAsync(CancellationToken.None)), new EnqueuedState());
        await Eventually.TrueAsync("the old change to be folded", async () =>
            await api.Database.ScalarAsync<long>("voxeltron_api", $"select base_seq from control.view where mission_id = '{owner.Mission.Value}'") == 2);
        Assert.Equal(["3"], await api.Database.RowsAsync("voxeltron_api", $"select seq from control.view_delta where mission_id = '{owner.Mission.Value}'"));
    }
}

/// <summary>A type that is on no list.</summary>
public sealed class ForeignJob
{
    private static int s_ran;

    public static int Ran => Volatile.Read(ref s_ran);

    public static void Static() => Interlocked.Increment(ref s_ran);

    public void Instance() => Interlocked.Increment(ref s_ran);
}
