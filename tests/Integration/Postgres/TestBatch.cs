using System.Security.Cryptography;
using System.Text;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Tests.Support;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>
/// Commits for the journal's own tests: real chains, but signatures of random bytes, since Postgres looks at neither. One value
/// is one host.
/// </summary>
/// <param name="tenant">Whose streams; else <see cref="Tenant"/>'s.</param>
internal sealed class TestBatch(TenantId? tenant = null)
{
    private readonly TenantId _tenant = tenant ?? Tenant;
    private readonly Dictionary<StreamRef, (long Seq, byte[] Chain)> _heads = [];
    private long _commit;

    public static readonly TenantId Tenant = new("clinic");

    public HostId Host { get; } = new(Guid.NewGuid());

    public KeyId Key { get; } = new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));

    /// <summary>Another host that has read this one's heads, as a successor does.</summary>
    public TestBatch Successor()
    {
        var other = new TestBatch(_tenant);
        foreach (var (stream, head) in _heads)
        {
            other._heads.Add(stream, head);
        }

        return other;
    }

    public CommitBatch Of(params StreamBatch[] streams)
    {
        var ordered = streams.OrderBy(static s => new StreamRef(s.Tenant, s.Stream)).ToList();
        return new CommitBatch(Host, ++_commit, ordered, Task.FromResult(Seals(_commit, ordered)));
    }

    /// <summary>A commit row and a host seal for each stream; nobody checks these signatures.</summary>
    public CommitSeals Seals(long number, IReadOnlyList<StreamBatch> streams) => new(
        new CommitRow(
            Host, number, 1_790_000_000_000_000 + number, streams.Count, streams.Sum(static s => s.Entries.Count), Random(32), Random(32), Key, Random(64)),
        [.. streams.Select(s => new SealRow(
            s.Tenant, s.Stream, s.Entries[0].Header.Seq, s.Entries[^1].Header.Seq, s.Entries.Count, SealRoles.Host, Key, Host, number, Random(32), Random(64)))]);

    /// <summary>The next entries of a stream.</summary>
    public StreamBatch Stream(StreamId stream, int entries, long epoch = 1, long? previousEpoch = null, StreamProjection? projection = null, int payloadBytes = 20)
    {
        var reference = new StreamRef(_tenant, stream);
        var (seq, chain) = _heads.GetValueOrDefault(reference, (0, Chain.Zero.ToArray()));
        var rows = new List<Entry>();
        for (var i = 0; i < entries; i++)
        {
            var header = new EntryHeader(_tenant, stream, ++seq, epoch, 1_790_000_000_000_000 + seq, i % 2 == 0 ? EntryKinds.TaskDispatched : EntryKinds.Action, Actors.Host(Host));
            var body = $$"""{"n":{{seq}},"text":"ünï ✓"}""";
            chain = Chain.Next(chain, header, body);
            var payload = i % 2 == 0 ? null : Encoding.UTF8.GetBytes(new string('p', payloadBytes));
            rows.Add(new Entry(header, body, payload, payload is null ? null : Random(16), chain));
        }

        _heads[reference] = (seq, chain);
        return new StreamBatch(_tenant, stream, epoch, previousEpoch, rows, projection ?? StreamProjection.Empty);
    }

    public static StreamId NewStream() => new(Guid.NewGuid());

    /// <summary>A pending act in the inbox, as the Api leaves it.</summary>
    public static async Task<Guid> EnterIntentAsync(TestDatabase database, StreamId stream, byte[]? payload = null)
    {
        var intent = new Intent(
            Guid.NewGuid(), Tenant, stream, EntryKinds.InputClosed, "api/x", "{}", payload, payload is null ? null : Random(16),
            new KeyId(Convert.ToHexStringLower(Random(16))), Random(64));
        await new WorkerInboxCommands(database.Worker).EnterAsync(intent, CancellationToken.None);
        return intent.Id;
    }

    private static byte[] Random(int bytes) => RandomNumberGenerator.GetBytes(bytes);
}
