using Npgsql;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>
/// Sends one commit, its end included. Hot path: per commit. Every round trip is two hand-overs between processes, a millisecond
/// each when all cores are busy, so there are as few as can be:
/// <code>
///   seals are there         heads + entries + seals, commit row, projections            one batch, a transaction by itself
///   seals are still made    begin + heads + entries                                     two batches; the seals are made beside the first
///                           seals, commit row, projections + commit
///   many or large entries   begin + heads, entries by binary COPY, the rest + commit    four
/// </code>
/// </summary>
/// <param name="copy">Buffers of the journal that sends.</param>
internal sealed class CommitWriter(NpgsqlConnection connection, EntryCopy copy, CommitBatch batch)
{
    /// <summary>Arrays are built whole in memory on both sides; COPY streams.</summary>
    private const long CopyFromPayloadBytes = 1024 * 1024;

    private readonly List<Entry> _entries = Flatten(batch.Streams);

    /// <summary>A transaction was begun that an error leaves open.</summary>
    public bool Began { get; private set; }

    /// <summary>All of the commit is on its way: from here on a lost connection says nothing about its outcome.</summary>
    public bool Sent { get; private set; }

    /// <summary>Returns once the commit is durable.</summary>
    public async Task WriteAsync(CancellationToken cancel)
    {
        await using var commands = new NpgsqlBatch(connection);
        if (_entries.Count >= PostgresJournal.CopyFromEntries || PayloadBytes(_entries) >= CopyFromPayloadBytes)
        {
            await BeginAsync(commands, cancel);
            await EntryStatements.CopyAsync(copy, connection, _entries, cancel);
        }
        else if (!batch.Sealing.IsCompleted)
        {
            await BeginAsync(commands, cancel, EntryStatements.Insert(_entries));
        }
        else
        {
            commands.BatchCommands.Add(HeadStatements.Fence(batch.Streams));
            commands.BatchCommands.Add(EntryStatements.Insert(_entries));
        }

        SealStatements.Add(commands, await batch.Sealing.WaitAsync(cancel));
        ProjectionStatements.Add(commands, batch);
        if (Began)
        {
            commands.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
        }

        // Preparing may wait for the server, and may be broken off; what comes then is waited for, or its outcome is unknown.
        await commands.PrepareAsync(cancel);
        Sent = true;
        await commands.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private async Task BeginAsync(NpgsqlBatch commands, CancellationToken cancel, NpgsqlBatchCommand? entries = null)
    {
        commands.BatchCommands.Add(new NpgsqlBatchCommand("begin"));
        commands.BatchCommands.Add(HeadStatements.Fence(batch.Streams));
        if (entries is not null)
        {
            commands.BatchCommands.Add(entries);
        }

        Began = true;
        // Preparing again on the same connection finds the statement by its text and sends nothing.
        await commands.PrepareAsync(cancel);
        await commands.ExecuteNonQueryAsync(cancel);
        commands.BatchCommands.Clear();
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
