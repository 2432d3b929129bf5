using Npgsql;
using Voxeltron.CellWorker;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// A snapshot and the entry that says its root, put behind the last entry of a mission whose owner is dead: chain, head, root and
/// stored bytes all agree with one another. So an owner would write it whose memory went wrong without its noticing.
/// </summary>
/// <param name="Seq">The last entry its state is said to contain.</param>
internal sealed record ForgedSnapshot(long Seq, string Root)
{
    /// <param name="isWrong">Whether a row of the state is not what the log gives. If not, nothing is wrong with it but that no host signed it.</param>
    public static async Task<ForgedSnapshot> AppendAsync(RunningFabric fabric, MissionId mission, bool isWrong)
    {
        var entries = await EntriesAsync(fabric, mission);
        var state = new MissionState(fabric.Tenant, mission, StoreLimits.Default);
        entries.ForEach(state.Apply);
        if (isWrong)
        {
            // An agent's count goes back to what its first action wrote.
            state.Store.Apply(ActionPayload.Read(entries.Find(static entry => entry.Header.Kind == EntryKinds.Action)!.Payload, state.Tables, state.Store.Views).Writes);
        }

        var last = entries[^1];
        var content = MissionSnapshot.Write(
            new StreamPosition(last.Header.Seq, last.Header.Epoch, last.Header.TimeUs, last.Chain),
            [.. entries.Where(static entry => EntryKinds.IsIntent(entry.Header.Kind)).Select(IntentFields.Id)],
            state);
        var owner = entries.FindLast(static entry => entry.Header.Kind == EntryKinds.EpochBegan)!.Header.Actor;
        // Who says it stands in the header alone.
        var said = EntryBodies.SnapshotTaken(default, content.Root, content.StateRoot, content.Bytes.Length);
        var header = last.Header with { Seq = last.Header.Seq + 1, Kind = said.Kind, Actor = owner };
        await InsertAsync(fabric, new Entry(header, said.Body, null, null, Chain.Next(last.Chain, header, said.Body)));
        await using var worker = new FabricDataSource(fabric.State.ConnectionString(FabricRole.Worker), "voxeltron-test-forger");
        await new SnapshotCommands(worker).StoreAsync(
            new SnapshotRow(fabric.Tenant, StreamId.Of(mission), content.At.Seq, content.Root, content.Bytes.Length), SnapshotCodec.Pack(content.Bytes), default);
        return new ForgedSnapshot(content.At.Seq, Convert.ToHexStringLower(content.Root));
    }

    private static async Task<List<Entry>> EntriesAsync(RunningFabric fabric, MissionId mission)
    {
        await using var source = fabric.Auditor(null);
        await using var reader = await LogReader.OpenAsync(source, default);
        var entries = new List<Entry>();
        await foreach (var entry in reader.Entries(fabric.Tenant, StreamId.Of(mission), default))
        {
            entries.Add(entry);
        }

        return entries;
    }

    private static async Task InsertAsync(RunningFabric fabric, Entry entry)
    {
        await using var connection = new NpgsqlConnection(fabric.Seat.AdminOf(fabric.Database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            with written as (
              insert into journal.entry (tenant_id, stream_id, seq, epoch, time, kind, actor, body, chain) values ($1, $2, $3, $4, $5, $6, $7, $8, $9))
            update journal.stream_head set seq = $3, chain = $9 where tenant_id = $1 and stream_id = $2 and seq = $3 - 1
            """,
            connection);
        var header = entry.Header;
        object[] values =
            [header.Tenant.Value, header.Stream.Value, header.Seq, header.Epoch, UnixTime.ToDateTime(header.TimeUs), header.Kind, header.Actor, entry.Body.ToString(), entry.Chain];
        command.Parameters.AddRange(values.Select(static value => new NpgsqlParameter { Value = value }).ToArray());
        if (await command.ExecuteNonQueryAsync() != 1)
        {
            throw new InvalidOperationException($"The head of {header.Stream} does not stand at {header.Seq - 1}.");
        }
    }
}
