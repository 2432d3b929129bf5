using System.Buffers;
using System.Text;
using System.Text.Json;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

/// <summary>
/// A mission as of one entry, folded from what is recorded as a new owner would fold it. Chain values and the digests of
/// recorded writes are checked on the way: a state built on changed bytes would look like any other.
/// </summary>
/// <param name="Seq">The last entry folded.</param>
/// <param name="TimeUs">That entry's time, Unix µs.</param>
internal sealed record StateAt(MissionId Mission, long Seq, string Kind, long TimeUs, MissionState State)
{
    /// <param name="until">The last entry to fold; null for all there are.</param>
    /// <exception cref="VoxeltronException">No such mission or seq, no accepted spec yet, erased, or a log that cannot be folded.</exception>
    public static async Task<StateAt> FoldAsync(IAsyncEnumerable<Entry> entries, TenantId tenant, MissionId mission, long? until, CancellationToken cancel)
    {
        var state = new MissionState(tenant, mission, StoreLimits.Default);
        var chain = Chain.Zero.ToArray();
        Entry? last = null;
        await foreach (var entry in entries.WithCancellation(cancel))
        {
            if (entry.Header.Seq > until)
            {
                break;
            }

            chain = Fold(state, entry, chain);
            last = entry;
        }

        if (last is null)
        {
            throw new VoxeltronException("mission_not_found", $"Tenant {tenant} has no mission {mission}.");
        }

        if (until is { } asked && last.Header.Seq < asked)
        {
            throw new VoxeltronException("seq_not_found", $"{mission} has no entry {asked}: its last is {last.Header.Seq}.");
        }

        RequireSpec(state, mission, last.Header.Seq);
        return new StateAt(mission, last.Header.Seq, last.Header.Kind, last.Header.TimeUs, state);
    }

    public static void RequireSpec(MissionState state, MissionId mission, long seq)
    {
        if (state.Spec is null)
        {
            throw new VoxeltronException("mission_not_begun", $"At seq {seq} {mission} had no accepted spec, so it had no tables and no tasks.");
        }
    }

    public string Root => Convert.ToHexStringLower(State.Store.Root());

    /// <summary>The table's rows in key order, as the JSON objects that write sets carry.</summary>
    public IEnumerable<string> Rows(TableSchema table)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        foreach (var row in State.Store.Rows(table.Name))
        {
            buffer.ResetWrittenCount();
            row.WriteJson(buffer);
            yield return Encoding.UTF8.GetString(buffer.WrittenSpan);
        }
    }

    /// <returns>The entry's chain value.</returns>
    private static byte[] Fold(MissionState state, Entry entry, byte[] previous)
    {
        var seq = entry.Header.Seq;
        try
        {
            var chain = Chain.Next(previous, entry.Header, entry.Body);
            if (!chain.AsSpan().SequenceEqual(entry.Chain) || !PayloadFits(entry))
            {
                throw new VoxeltronException("log_damaged", $"Seq {seq} is not what was chained. Run 'voxeltron-replay verify'.");
            }

            state.Apply(entry);
            return chain;
        }
        catch (PayloadErasedException)
        {
            throw new PayloadErasedException($"What seq {seq} ({entry.Header.Kind}) wrote was erased: the state is unknown from there on.");
        }
        catch (Exception impossible) when (impossible is InvariantException or StateFormatException or JsonException or KeyNotFoundException
            or FormatException or InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new VoxeltronException("log_damaged", $"Seq {seq} ({entry.Header.Kind}) cannot follow the entries before it: {impossible.Message} Run 'voxeltron-replay verify'.", impossible);
        }
    }

    private static bool PayloadFits(Entry entry)
    {
        if (!RecordedBodies.CommitsToPayload(entry.Body))
        {
            return entry.Payload is null;
        }

        if (entry.Payload is { } payload)
        {
            return entry.PayloadSalt is { Length: PayloadDigest.SaltBytes } salt && PayloadDigest.Hex(salt, payload) == RecordedBodies.PayloadDigest(entry.Body);
        }

        return entry.Header.Kind != EntryKinds.MissionSubmitted ? true : throw new PayloadErasedException("");
    }
}
