using Voxeltron.Api.Http;
using Voxeltron.Api.Inbox;
using Voxeltron.Api.Signals;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Missions;

/// <summary>Acts on a mission that exists: written unless it has ended, and their admission waited for by who asks for that.</summary>
internal sealed class MissionInbox(MissionQueries missions, IdempotencyQueries keys, EventQueries events, InboxCommitter inbox, JournalWait wait)
{
    /// <summary>
    /// One group. A mission that was refused or has ended takes nothing more, which is a courtesy: its owner refuses latecomers
    /// itself. A repeat of something written before the end still gets its answer.
    /// </summary>
    public async Task<IReadOnlyList<SubmissionResult>> SubmitAsync(TenantId tenant, KnownMission known, List<Submission> group, CancellationToken cancel)
    {
        if (!known.Admitted)
        {
            known.Admitted = await missions.FindAsync(tenant, known.Mission, cancel) is not null;
            if (!known.Admitted && (await events.FindIntentAsync(tenant, known.IntentId, cancel))?.Refusal is not null
                && await keys.FindAsync(tenant, group[0].Scope, group[0].IdempotencyKey, cancel) is null)
            {
                throw NoMore(Problems.MissionRefused, known.Mission, "refused");
            }
        }

        var results = await inbox.SubmitAsync(group, cancel);
        if (results.Any(static result => result.Status == SubmissionStatus.Ended))
        {
            var ended = await missions.FindAsync(tenant, known.Mission, cancel);
            throw NoMore(Problems.MissionFinished, known.Mission, ended?.Status ?? "ended");
        }

        return results;
    }

    /// <summary>Without a wait nobody is asked: the row is durable and that is what was promised.</summary>
    /// <returns>Null when no owner has appended it yet.</returns>
    /// <exception cref="ProblemException">422 when the owner refused it.</exception>
    public async Task<Admitted?> AdmittedAsync(TenantId tenant, MissionId mission, Guid intentId, TimeSpan limit, CancellationToken cancel)
    {
        if (limit == TimeSpan.Zero)
        {
            return null;
        }

        return await wait.UntilAsync(
            tenant,
            StreamId.Of(mission),
            limit,
            async token =>
            {
                var state = await events.FindIntentAsync(tenant, intentId, token);
                return state?.Refusal is { } refusal
                    ? throw Refusal.Problem(refusal, [new("mission_id", mission.ToString())])
                    : state?.ConsumedSeq is { } seq ? new Admitted(seq) : null;
            },
            cancel);
    }

    private static ProblemException NoMore(ProblemKind kind, MissionId mission, string status) =>
        new(kind, $"{mission} is {status}.") { Members = [new("mission_id", mission.ToString())] };
}

/// <summary>The entry an intent became.</summary>
internal sealed record Admitted(long Seq);
