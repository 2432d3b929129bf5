using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>
/// The one way into the log for everyone who is not a stream's owner: signed rows in <c>control.inbox</c>.
/// One call is one transaction for one tenant. The optimistic path is two round trips: insert everything with
/// <c>on conflict do nothing returning</c>, commit if every key was new. If a key was taken, nothing is kept, the earlier rows
/// are read, repeats and conflicts are set aside and the rest is tried again: so a group is whole or absent, whatever races with it.
/// What is for a mission that has ended is set aside the same way. Workers hear of it in the commit's own round trip.
/// </summary>
public sealed class InboxCommands(FabricDataSource source, ILogger logger)
{
    // Each round removes at least one submission whose key somebody else committed; more rounds than this means something else is wrong.
    private const int MaxRounds = 64;

    /// <summary>Writes the submissions of one tenant. Results stand in the order of the submissions.</summary>
    public async Task<IReadOnlyList<SubmissionResult>> SubmitAsync(IReadOnlyList<Submission> submissions, CancellationToken cancel)
    {
        var results = new SubmissionResult?[submissions.Count];
        await using var connection = await source.OpenAsync(cancel);
        for (var round = 0; round < MaxRounds; round++)
        {
            var pending = FirstOfEachKey(submissions, results);
            if (pending.Count == 0)
            {
                return results.Select(static result => result!.Value).ToArray();
            }

            var ended = new HashSet<Guid>();
            if (await TryInsertAsync(connection, submissions, pending, ended, cancel))
            {
                foreach (var index in pending)
                {
                    results[index] = new SubmissionResult(SubmissionStatus.Accepted, submissions[index].Intent.Id, submissions[index].Resource);
                }
            }

            await ResolveRepeatsAsync(connection, submissions, results, cancel);
            SetAsideEnded(submissions, results, ended);
        }

        throw new InvariantException($"Submitting {submissions.Count} intents did not settle in {MaxRounds} rounds.");
    }

    /// <summary>Two submissions of one call may carry the same key: the first goes in, the second is judged against it in the next round.</summary>
    private static List<int> FirstOfEachKey(IReadOnlyList<Submission> submissions, SubmissionResult?[] results)
    {
        var pending = new List<int>(submissions.Count);
        var seen = new HashSet<(string, string)>();
        for (var i = 0; i < submissions.Count; i++)
        {
            if (results[i] is null && seen.Add((submissions[i].Scope, submissions[i].IdempotencyKey)))
            {
                pending.Add(i);
            }
        }

        return pending;
    }

    /// <param name="ended">Receives the streams of missions that have ended; then nothing was written.</param>
    private async Task<bool> TryInsertAsync(
        NpgsqlConnection connection, IReadOnlyList<Submission> submissions, List<int> pending, HashSet<Guid> ended, CancellationToken cancel)
    {
        // An error leaves the transaction open; giving the connection back to its pool ends it.
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new NpgsqlBatchCommand("begin"), SelectEnded(submissions, pending), InsertKeys(submissions, pending), InsertRows(submissions, pending) },
        };
        var mayBeNew = pending.Any(index => submissions[index].LeaseRole is not null);
        if (mayBeNew)
        {
            batch.BatchCommands.Add(InsertLeases(submissions, pending));
        }

        var fresh = 0;
        await using (var reader = await batch.ExecuteReaderAsync(cancel))
        {
            while (await reader.ReadAsync(cancel))
            {
                ended.Add(reader.GetGuid(0));
            }

            await reader.NextResultAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                fresh++;
            }

            while (await reader.NextResultAsync(cancel))
            {
                // Draining surfaces a failure of the later statements before the commit.
            }
        }

        if (fresh != pending.Count || ended.Count > 0)
        {
            await using var rollback = new NpgsqlCommand("rollback", connection);
            await rollback.ExecuteNonQueryAsync(cancel);
            return false;
        }

        await CommitAsync(connection, submissions[pending[0]].Intent, mayBeNew ? Channels.Streams : Channels.Intents, cancel);
        return true;
    }

    /// <summary>
    /// NOTIFY travels with the commit and is a transaction of its own behind it: inside the one that writes it would hold a lock
    /// of the whole cluster across the flush, and in a session of its own it came 2 to 4 ms later when all cores were busy.
    /// </summary>
    /// <param name="one">Of the rows written: it stands if they all do.</param>
    private async Task CommitAsync(NpgsqlConnection connection, Intent one, string subject, CancellationToken cancel)
    {
        var notify = new NpgsqlBatchCommand("select pg_notify($1, $2)");
        notify.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Channels.Inbox });
        notify.Parameters.Add(new NpgsqlParameter<string> { TypedValue = subject });
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand("commit"), notify } };
        try
        {
            await batch.ExecuteNonQueryAsync(cancel);
        }
        catch (PostgresException fault) when (fault.InvariantSeverity == "ERROR")
        {
            // The error does not say which of the two it was, and an error of the second may come with the end of both.
            if (!await StandsAsync(connection, one, cancel))
            {
                throw;
            }

            // Only the hint failed (its queue is full, say): workers look once a second besides.
            SignalsLog.NotifyFailed(logger, Channels.Inbox, fault);
        }
    }

    private static async Task<bool> StandsAsync(NpgsqlConnection connection, Intent intent, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select exists (select from control.inbox where tenant_id = $1 and inbox_id = $2)", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = intent.Tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = intent.Id });
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    private static NpgsqlBatchCommand SelectEnded(IReadOnlyList<Submission> submissions, List<int> pending)
    {
        var command = new NpgsqlBatchCommand(
            """
            select mission_id
            from control.mission
            where tenant_id = @tenant_id and mission_id = any(@mission_id) and status in ('completed', 'failed', 'cancelled')
            """);
        var missions = pending.Where(index => submissions[index].UnlessEnded).Select(index => submissions[index].Intent.Stream.Value).Distinct();
        AddTenant(command, submissions);
        command.Parameters.Add(new NpgsqlParameter("mission_id", NpgsqlDbType.Array | NpgsqlDbType.Uuid) { Value = missions.ToArray() });
        return command;
    }

    private static void SetAsideEnded(IReadOnlyList<Submission> submissions, SubmissionResult?[] results, HashSet<Guid> ended)
    {
        for (var index = 0; index < submissions.Count; index++)
        {
            if (results[index] is null && submissions[index].UnlessEnded && ended.Contains(submissions[index].Intent.Stream.Value))
            {
                results[index] = new SubmissionResult(SubmissionStatus.Ended, submissions[index].Intent.Id, submissions[index].Resource);
            }
        }
    }

    private static NpgsqlBatchCommand InsertKeys(IReadOnlyList<Submission> submissions, List<int> pending)
    {
        var command = new NpgsqlBatchCommand(
            """
            insert into control.idempotency (tenant_id, scope, idempotency_key, request_sha256, inbox_id, resource, time_created)
            select @tenant_id, s.scope, s.idempotency_key, s.request_sha256, s.inbox_id, s.resource, now()
            from unnest(@scope, @idempotency_key, @request_sha256, @inbox_id, @resource)
                as s (scope, idempotency_key, request_sha256, inbox_id, resource)
            on conflict do nothing
            returning 1
            """);
        AddTenant(command, submissions);
        AddArray(command, "scope", NpgsqlDbType.Text, submissions, pending, static s => s.Scope);
        AddArray(command, "idempotency_key", NpgsqlDbType.Text, submissions, pending, static s => s.IdempotencyKey);
        AddArray(command, "request_sha256", NpgsqlDbType.Bytea, submissions, pending, static s => s.RequestSha256);
        AddArray(command, "inbox_id", NpgsqlDbType.Uuid, submissions, pending, static s => s.Intent.Id);
        AddArray(command, "resource", NpgsqlDbType.Text, submissions, pending, static s => s.Resource);
        return command;
    }

    private static NpgsqlBatchCommand InsertRows(IReadOnlyList<Submission> submissions, List<int> pending)
    {
        // Ordered, so that positions in a stream follow the order of arrival.
        var command = new NpgsqlBatchCommand(
            """
            insert into control.inbox
                (tenant_id, inbox_id, stream_id, kind, actor, body, payload, payload_salt, signer, signature)
            select @tenant_id, s.inbox_id, s.stream_id, s.kind, s.actor, s.body, s.payload, s.payload_salt, s.signer, s.signature
            from unnest(@inbox_id, @stream_id, @kind, @actor, @body, @payload, @payload_salt, @signer, @signature)
                with ordinality
                as s (inbox_id, stream_id, kind, actor, body, payload, payload_salt, signer, signature, ordinal)
            order by s.ordinal
            """);
        AddTenant(command, submissions);
        AddArray(command, "inbox_id", NpgsqlDbType.Uuid, submissions, pending, static s => s.Intent.Id);
        AddArray(command, "stream_id", NpgsqlDbType.Uuid, submissions, pending, static s => s.Intent.Stream.Value);
        AddArray(command, "kind", NpgsqlDbType.Text, submissions, pending, static s => s.Intent.Kind);
        AddArray(command, "actor", NpgsqlDbType.Text, submissions, pending, static s => s.Intent.Actor);
        AddArray(command, "body", NpgsqlDbType.Text, submissions, pending, static s => s.Intent.Body.Utf8);
        AddArray(command, "payload", NpgsqlDbType.Bytea, submissions, pending, static s => s.Intent.Payload);
        AddArray(command, "payload_salt", NpgsqlDbType.Bytea, submissions, pending, static s => s.Intent.Salt);
        AddArray(command, "signer", NpgsqlDbType.Text, submissions, pending, static s => s.Intent.Signer.Value);
        AddArray(command, "signature", NpgsqlDbType.Bytea, submissions, pending, static s => s.Intent.Signature);
        return command;
    }

    private static NpgsqlBatchCommand InsertLeases(IReadOnlyList<Submission> submissions, List<int> pending)
    {
        var streams = pending.Where(index => submissions[index].LeaseRole is not null).ToList();
        var command = new NpgsqlBatchCommand(
            """
            insert into control.lease (tenant_id, stream_id, role)
            select @tenant_id, s.stream_id, s.role
            from unnest(@stream_id, @role) as s (stream_id, role)
            on conflict do nothing
            """);
        AddTenant(command, submissions);
        AddArray(command, "stream_id", NpgsqlDbType.Uuid, submissions, streams, static s => s.Intent.Stream.Value);
        AddArray(command, "role", NpgsqlDbType.Text, submissions, streams, static s => s.LeaseRole!);
        return command;
    }

    /// <summary>Settles every open submission whose key is taken by now, and the rest of its group if that was a conflict.</summary>
    private static async Task ResolveRepeatsAsync(
        NpgsqlConnection connection, IReadOnlyList<Submission> submissions, SubmissionResult?[] results, CancellationToken cancel)
    {
        var open = Enumerable.Range(0, submissions.Count).Where(index => results[index] is null).ToList();
        if (open.Count == 0)
        {
            return;
        }

        var taken = await ReadTakenAsync(connection, submissions, open, cancel);
        var spoiled = new HashSet<Guid>();
        foreach (var index in open)
        {
            var submission = submissions[index];
            if (taken.TryGetValue((submission.Scope, submission.IdempotencyKey), out var row))
            {
                var same = row.RequestSha256.AsSpan().SequenceEqual(submission.RequestSha256);
                results[index] = new SubmissionResult(same ? SubmissionStatus.Attached : SubmissionStatus.Conflict, row.InboxId, row.Resource);
                if (!same)
                {
                    spoiled.Add(submission.Group);
                }
            }
        }

        foreach (var index in open)
        {
            if (results[index] is null && spoiled.Contains(submissions[index].Group))
            {
                results[index] = new SubmissionResult(SubmissionStatus.Withheld, submissions[index].Intent.Id, submissions[index].Resource);
            }
        }
    }

    private static async Task<Dictionary<(string, string), IdempotencyRow>> ReadTakenAsync(
        NpgsqlConnection connection, IReadOnlyList<Submission> submissions, List<int> open, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select i.scope, i.idempotency_key, i.request_sha256, i.inbox_id, i.resource
            from control.idempotency i
            join unnest(@scope, @idempotency_key) as s (scope, idempotency_key)
                on i.scope = s.scope and i.idempotency_key = s.idempotency_key
            where i.tenant_id = @tenant_id
            """, connection);
        command.Parameters.AddWithValue("tenant_id", submissions[0].Intent.Tenant.Value);
        command.Parameters.Add(ArrayParameter("scope", NpgsqlDbType.Text, submissions, open, static s => s.Scope));
        command.Parameters.Add(ArrayParameter("idempotency_key", NpgsqlDbType.Text, submissions, open, static s => s.IdempotencyKey));
        var taken = new Dictionary<(string, string), IdempotencyRow>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            taken[(reader.GetString(0), reader.GetString(1))] =
                new IdempotencyRow(reader.GetFieldValue<byte[]>(2), reader.GetGuid(3), reader.GetString(4));
        }

        return taken;
    }

    private static void AddTenant(NpgsqlBatchCommand command, IReadOnlyList<Submission> submissions) =>
        command.Parameters.Add(new NpgsqlParameter("tenant_id", NpgsqlDbType.Text) { Value = submissions[0].Intent.Tenant.Value });

    private static void AddArray<T>(
        NpgsqlBatchCommand command, string name, NpgsqlDbType type, IReadOnlyList<Submission> submissions, List<int> indexes, Func<Submission, T> select) =>
        command.Parameters.Add(ArrayParameter(name, type, submissions, indexes, select));

    private static NpgsqlParameter ArrayParameter<T>(
        string name, NpgsqlDbType type, IReadOnlyList<Submission> submissions, List<int> indexes, Func<Submission, T> select)
    {
        var values = new T[indexes.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = select(submissions[indexes[i]]);
        }

        return new NpgsqlParameter(name, NpgsqlDbType.Array | type) { Value = values };
    }
}
