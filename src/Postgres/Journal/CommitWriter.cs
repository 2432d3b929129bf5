using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Sends one commit's rows inside the caller's transaction. Hot path: per commit; two round trips below the COPY threshold, four above. Seals are asked for only when everything before them is on its way.</summary>
internal sealed class CommitWriter(NpgsqlConnection connection, CommitBatch batch)
{
    /// <summary>From here on binary COPY costs less than arrays, its own round trips included (measured: 5.5 against 7.8 µs an entry at 2,048).</summary>
    private const int CopyFromEntries = 64;

    /// <summary>Arrays are built whole in memory on both sides; COPY streams.</summary>
    private const long CopyFromPayloadBytes = 1024 * 1024;

    private readonly List<Entry> _entries = Flatten(batch.Streams);

    public async Task WriteAsync(CancellationToken cancel)
    {
        await using var commands = new NpgsqlBatch(connection);
        commands.BatchCommands.Add(HeadStatements.Fence(batch.Streams));
        if (_entries.Count >= CopyFromEntries || PayloadBytes(_entries) >= CopyFromPayloadBytes)
        {
            await ExecuteAsync(commands, cancel);
            await EntryStatements.CopyAsync(connection, _entries, cancel);
            commands.BatchCommands.Clear();
        }
        else
        {
            commands.BatchCommands.Add(EntryStatements.Insert(_entries));
        }

        SealStatements.Add(commands, await batch.Sealing.WaitAsync(cancel));
        var consumed = ProjectionStatements.Add(commands, batch);
        await ExecuteAsync(commands, cancel);
        ThrowIfNotConsumedOnce(consumed);
    }

    // Preparing again on the same connection finds the statement by its text and sends nothing.
    private static async Task ExecuteAsync(NpgsqlBatch commands, CancellationToken cancel)
    {
        await commands.PrepareAsync(cancel);
        await commands.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>An intent becomes an entry exactly once: the row must have been there and pending.</summary>
    private void ThrowIfNotConsumedOnce(NpgsqlBatchCommand? consumed)
    {
        var offered = batch.Streams.Sum(static s => s.Projection.Consumed.Count);
        if (consumed is not null && consumed.RecordsAffected != offered)
        {
            throw new InvariantException($"Commit {batch.Number} of {batch.Host} consumes {offered} intents, of which {consumed.RecordsAffected} were pending in the inbox. Nothing was written.");
        }
    }

    private static List<Entry> Flatten(IReadOnlyList<StreamBatch> streams)
    {
        var all = new List<Entry>(streams.Sum(static s => s.Entries.Count));
        foreach (var stream in streams)
        {
            all.AddRange(stream.Entries);
        }

        return all;
    }

    private static long PayloadBytes(List<Entry> entries) => entries.Sum(static e => e.Payload?.LongLength ?? 0);
}
