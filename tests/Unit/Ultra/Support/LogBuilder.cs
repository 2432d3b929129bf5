using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>Writes a log in memory through the library's own builders, commit by commit. Deterministic: fixed keys, ids and times.</summary>
public sealed class LogBuilder
{
    public const long StartUs = 1_790_000_000_000_000;

    private const long StepUs = 1_000;

    public static readonly Guid Fabric = TestKeys.Id(0xfab);

    private readonly MerkleAccumulator _tree = new();
    private readonly Dictionary<StreamRef, TestStream> _streams = [];
    private long _timeUs = StartUs;
    private int _intents;

    public TestKeys Keys { get; } = new();

    public InMemoryLog Log { get; } = new();

    public byte[] RootPublicKey => Keys.Root.PublicKey;

    public static byte[] Salt(byte number) => Enumerable.Repeat(number, PayloadDigest.SaltBytes).ToArray();

    public long NextTime() => _timeUs += StepUs;

    public long Now => _timeUs;

    /// <summary>Nothing happens for a while.</summary>
    public void Pass(TimeSpan span) => _timeUs += span.Ticks / TimeSpan.TicksPerMicrosecond;

    public TestStream System => Stream(TenantId.Fabric, StreamId.System(TenantId.Fabric));

    public TestStream Stream(TenantId tenant, StreamId stream)
    {
        if (!_streams.TryGetValue(new StreamRef(tenant, stream), out var found))
        {
            _streams.Add(new StreamRef(tenant, stream), found = new TestStream(this, tenant, stream));
        }

        return found;
    }

    public Guid NextIntentId() => TestKeys.Id(0x3000 + ++_intents);

    public Intent Genesis() => GenesisBuilder.Build(
        Keys.Root, Keys.Ca, Keys.Api, Keys.Sre, Keys.Operator, Keys.Log,
        new GenesisOptions(Fabric, StartUs, NextIntentId(), TimeSpan.FromDays(3650), TimeSpan.FromDays(30)));

    /// <summary>Genesis, the first epoch of the fabric's system stream, and the delegation of its owner; committed.</summary>
    public void Begin(TestHost owner)
    {
        System.Epoch = 1;
        System.Append(Genesis());
        System.Begin(owner, epoch: 1, previous: 0);
        Delegate(owner);
        Commit(owner, System);
    }

    public void Delegate(TestHost host, TimeSpan? validFor = null)
    {
        var until = StartUs + ((validFor ?? TimeSpan.FromDays(30)).Ticks / TimeSpan.TicksPerMicrosecond);
        var delegation = Delegation.ForHost(Keys.Ca, host.Signer.PublicKey, host.Id, StartUs, until);
        System.Append(IntentBuilder.KeyDelegated(Keys.Ca, delegation, Now, NextIntentId()));
    }

    public Intent Intent(TestStream stream, string kind, Action<JcsWriter>? extra = null, byte[]? payload = null, ISigner? signer = null, string? actor = null) =>
        IntentBuilder.Build(
            signer ?? Keys.Api, actor ?? Keys.ApiActor, stream.Tenant, stream.Stream, kind, Now, NextIntentId(), extra, payload, payload is null ? null : Salt(7));

    /// <summary>An item of the mission, signed in one group with a neighbour that was never written.</summary>
    public Intent ItemOfGroup(TestStream stream, string item) => IntentSignature.Sign(Keys.Api, [Item(stream, item + "-neighbour"), Item(stream, item)])[1];

    private Intent Item(TestStream stream, string item) =>
        Intent(stream, EntryKinds.InputSubmitted, w => w.Name("input").String("requests").Name("item").String(item), "one"u8.ToArray());

    public CommitRow Commit(TestHost host, params TestStream[] streams) => Commit(host, streams, []);

    /// <param name="cells">Cells that seal their entries in this commit.</param>
    public CommitRow Commit(TestHost host, IReadOnlyList<TestStream> streams, IReadOnlyList<TestCell> cells)
    {
        var number = ++host.Commits;
        var seals = new List<SealRow>();
        var hostSeals = new List<SealRow>();
        foreach (var cell in cells)
        {
            seals.Add(SealBuilder.Cell(cell.Signer, host.Id, number, cell.Unsealed));
            cell.Unsealed.Clear();
        }

        foreach (var stream in streams)
        {
            var entries = stream.Drain(host, number, seals);
            hostSeals.Add(SealBuilder.Host(host.Signer, host.Id, number, entries));
            Log.Entries.AddRange(entries);
            Log.Heads.RemoveAll(h => h.Tenant == stream.Tenant && h.Stream == stream.Stream);
            Log.Heads.Add(stream.Head());
        }

        Log.Seals.AddRange(hostSeals);
        Log.Seals.AddRange(seals);
        var commit = CommitBuilder.Build(host.Signer, host.Id, number, NextTime(), hostSeals, host.Link);
        host.Link = Statements.Link(commit);
        Log.Commits.Add(commit);
        return commit;
    }

    /// <summary>Numbers every commit that has no leaf yet, as the integrator does.</summary>
    public void Integrate()
    {
        foreach (var commit in Log.Commits.Skip((int)_tree.Size))
        {
            var leaf = Statements.Leaf(commit);
            Log.Leaves.Add(new LeafRow(_tree.Size, commit.Host, commit.Number, leaf));
            _tree.Append(leaf);
        }
    }

    public CheckpointRow Checkpoint()
    {
        Integrate();
        var checkpoint = global::Voxeltron.Ultra.Checkpoint.Sign(
            global::Voxeltron.Ultra.Checkpoint.OriginOf(Fabric), _tree.Size, _tree.Root(), NextTime(), Keys.Log);
        Log.Checkpoints.Add(checkpoint);
        return checkpoint;
    }

    public Task<VerificationReport> VerifyAsync(string? externalCheckpoint = null) => VerifyAsync(Log, externalCheckpoint);

    public Task<VerificationReport> VerifyAsync(InMemoryLog log, string? externalCheckpoint = null) =>
        new LogVerifier(RootPublicKey).VerifyAsync(log, externalCheckpoint, CancellationToken.None);
}
