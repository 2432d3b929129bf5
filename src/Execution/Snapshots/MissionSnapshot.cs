using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>
/// A mission's whole state as of one entry, in canonical bytes whose SHA-256 is its root: recovery reads it and the entries
/// after it instead of all entries.
/// </summary>
/// <remarks>
/// Integers little-endian, text UTF-8 behind its length in 7-bit groups (<see cref="BinaryWriter"/>):
/// <code>
/// "VXSNAP" version | i64 seq | i64 epoch | i64 time µs | chain (32) | i64 seq of the spec | i32 count | ids of intents (16 each, sorted)
/// task graph | timers | modules | restarts | armed faults | control | requests | model calls | gates | views | dump of the tables
/// </code>
/// Modules, restarts, armed faults, control (budget, rates, pauses, second tries), requests, which of them are of models, gates and views are there only where the mission has them, and the version says which: 01, and 1 more with views, 2 with
/// modules, 4 with restarts, 8 with armed faults, 16 with requests that are open, 32 with control, 64 where some of them are of models; gates where the spec declares some. So 01 is a mission without views that runs the modules it declares and had no fault a restart policy remembers, and such snapshots have the roots they always had.
/// Spec, secret and module bytes are not in it: they stand in the log, once, where they can be erased.
/// </remarks>
public static class MissionSnapshot
{
    private const byte FirstVersion = 1;
    private const byte Views = 1;
    private const byte Modules = 2;
    private const byte Restarts = 4;
    private const byte ArmedFaults = 8;
    private const byte Requests = 16;
    private const byte Control = 32;
    private const byte ModelCalls = 64;
    private const byte Known = Views | Modules | Restarts | ArmedFaults | Requests | Control | ModelCalls;

    private static ReadOnlySpan<byte> Head => "VXSNAP"u8;

    /// <param name="intents">Ids of all intents appended so far: an inbox row that arrives late must not be appended twice.</param>
    public static SnapshotContent Write(StreamPosition at, IReadOnlyCollection<Guid> intents, MissionState state)
    {
        var bytes = new MemoryStream((int)Math.Min(state.Store.Bytes + (64 * 1024), 512 * 1024 * 1024));
        using var target = new BinaryWriter(bytes, Encoding.UTF8);
        target.Write(Head);
        target.Write((byte)(FirstVersion + (state.HasViews ? Views : 0) + (state.HasOtherModules ? Modules : 0) + (state.HasRestarts ? Restarts : 0) + (state.HasArmedFaults ? ArmedFaults : 0) + (state.HasRequests ? Requests : 0) + (state.HasControl ? Control : 0) + (state.HasModelCalls ? ModelCalls : 0)));
        target.Write(at.Seq);
        target.Write(at.Epoch);
        target.Write(at.TimeUs);
        target.Write(at.Chain);
        target.Write(state.SubmittedSeq);
        target.Write(intents.Count);
        foreach (var id in intents.Order())
        {
            target.Write(id.ToByteArray(bigEndian: true));
        }

        var stateRoot = state.Write(target);
        target.Flush();
        var content = bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
        return new SnapshotContent(at, content, SHA256.HashData(content.Span), stateRoot);
    }

    /// <summary>Opens a stored snapshot. That the log names this root, <see cref="SnapshotReader.RequireIn"/> says.</summary>
    /// <param name="root">What is stored beside the bytes.</param>
    /// <exception cref="SnapshotException">The bytes have another root or are no snapshot.</exception>
    public static SnapshotReader Open(byte[] content, ReadOnlySpan<byte> root)
    {
        if (!SHA256.HashData(content).AsSpan().SequenceEqual(root))
        {
            throw new SnapshotException($"Its bytes have root {Convert.ToHexStringLower(SHA256.HashData(content))}, its row says {Convert.ToHexStringLower(root)}.");
        }

        try
        {
            return Read(content, Convert.ToHexStringLower(root));
        }
        catch (Exception malformed) when (malformed is EndOfStreamException or IOException)
        {
            throw new SnapshotException("Its head is cut off.");
        }
    }

    private static SnapshotReader Read(byte[] content, string root)
    {
        var source = new BinaryReader(new MemoryStream(content, writable: false), Encoding.UTF8);
        var head = source.ReadBytes(Head.Length);
        var version = source.ReadByte();
        if (!head.AsSpan().SequenceEqual(Head) || version < FirstVersion || ((version - FirstVersion) & ~Known) != 0)
        {
            throw new SnapshotException("Its first bytes are not those of a snapshot this program reads.");
        }

        var parts = version - FirstVersion;
        var (seq, epoch, timeUs) = (source.ReadInt64(), source.ReadInt64(), source.ReadInt64());
        var chain = source.ReadBytes(Chain.Bytes);
        var submittedSeq = source.ReadInt64();
        var intents = new List<Guid>();
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var id = source.ReadBytes(16);
            intents.Add(id.Length == 16 ? new Guid(id, bigEndian: true) : throw new EndOfStreamException());
        }

        return new SnapshotReader(new StreamPosition(seq, epoch, timeUs, chain), root, submittedSeq, intents, (parts & Modules) != 0, (parts & Restarts) != 0, (parts & ArmedFaults) != 0, (parts & Control) != 0, (parts & Requests) != 0, (parts & Views) != 0, source) { HasModelCalls = (parts & ModelCalls) != 0 };
    }
}

/// <param name="Bytes">Canonical, not compressed.</param>
/// <param name="Root">SHA-256 of the bytes.</param>
/// <param name="StateRoot">Root of the tables alone.</param>
public sealed record SnapshotContent(StreamPosition At, ReadOnlyMemory<byte> Bytes, byte[] Root, byte[] StateRoot);

/// <summary>A snapshot whose head was read.</summary>
/// <param name="Root">Of its bytes, in lower-case hex.</param>
/// <param name="SubmittedSeq">Entries up to this one are applied before <see cref="ReadInto"/>.</param>
/// <param name="HasOtherModules">Modules were reloaded, or are to be.</param>
/// <param name="HasRestarts">There were faults, or an incident is open.</param>
/// <param name="HasArmedFaults">Some cell's next event was to be an injected fault.</param>
/// <param name="HasControl">There is a budget, a rate, a pause or a second try to remember.</param>
/// <param name="HasRequests">Some task waited for an answer.</param>
/// <param name="HasViews">The mission has views.</param>
public sealed record SnapshotReader(
    StreamPosition At, string Root, long SubmittedSeq, IReadOnlyList<Guid> Intents, bool HasOtherModules, bool HasRestarts, bool HasArmedFaults, bool HasControl, bool HasRequests, bool HasViews, BinaryReader Rest)
{
    /// <summary>Some of the answers waited for were models'.</summary>
    public bool HasModelCalls { get; init; }

    /// <summary>It is a state of this log and of no other: the entry after its position continues its chain and says its root.</summary>
    /// <param name="next">The first entry after <see cref="At"/>; null when there is none.</param>
    /// <exception cref="SnapshotException">It is not: whoever changed the stored bytes changed what is stored beside them too.</exception>
    public void RequireIn(Entry? next)
    {
        if (next is null || next.Header.Seq != At.Seq + 1 || next.Header.Kind != EntryKinds.SnapshotTaken
            || !Chain.Next(At.Chain, next.Header, next.Body).AsSpan().SequenceEqual(next.Chain))
        {
            throw new SnapshotException($"The log does not continue at seq {At.Seq + 1} from where it stands.");
        }

        using var body = JsonDocument.Parse(next.Body.Utf8);
        var root = body.RootElement.GetProperty("root").GetString();
        if (root != Root)
        {
            throw new SnapshotException($"Its bytes have root {Root}, seq {next.Header.Seq} says {root}.");
        }
    }

    /// <exception cref="SnapshotException">The rest is damaged; the state is not to be used.</exception>
    public void ReadInto(MissionState state)
    {
        try
        {
            if (state.SubmittedSeq != SubmittedSeq || state.Spec is null)
            {
                throw new SnapshotException($"It names seq {SubmittedSeq} as the mission's spec, where none stands.");
            }

            state.Read(Rest, At.Epoch, HasOtherModules, HasRestarts, HasArmedFaults, HasControl, HasRequests, HasViews, HasModelCalls);
        }
        catch (Exception damaged) when (damaged is IOException or StateFormatException or InvariantException or ArgumentException or FormatException)
        {
            throw new SnapshotException(damaged.Message);
        }
    }
}

/// <summary>A snapshot that cannot be used; the message completes the sentence "The snapshot is refused: …".</summary>
public sealed class SnapshotException(string message) : VoxeltronException("snapshot_refused", message);
