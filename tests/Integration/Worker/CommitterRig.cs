using Microsoft.Extensions.Logging.Abstractions;
using Voxeltron.CellWorker;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using StreamWriter = Voxeltron.CellWorker.StreamWriter;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>A committer alone: its timers fire when the test says so, and each commit is handed to the test.</summary>
internal sealed class CommitterRig : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly Ed25519Signer _signer = new(new byte[Ed25519.SeedBytes]);
    private readonly WorkerMetrics _metrics = new();
    private Task _running = Task.CompletedTask;

    public CommitterRig(IdleCollector? idle = null) => Committer = new Committer(
        new HostId(Guid.NewGuid()), _signer, Journal, static _ => { }, _metrics, new Timeline(enabled: false), Clock, NullLogger<Committer>.Instance)
    {
        Idle = idle,
    };

    public Committer Committer { get; }

    public HeldClock Clock { get; } = new();

    public HandedJournal Journal { get; } = new();

    public void Start() => _running = Committer.RunAsync(_stop.Token);

    /// <summary>A new stream writes one entry.</summary>
    public void WriteOne()
    {
        var queue = new StreamQueue(new StreamRef(new TenantId("demo"), new StreamId(Guid.NewGuid())), 1, Clock);
        queue.FenceOn(0);
        var writer = new StreamWriter(queue, Committer, 0, Chain.Zero, 0, Clock);
        writer.Append(new EntryDraft(EntryKinds.EpochBegan, "host/test", "{}", null, null));
        writer.Flush(StreamProjection.Empty);
    }

    public async Task<CommitBatch> NextAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        return await Journal.Commits.ReadAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _metrics.Dispose();
        _signer.Dispose();
        Clock.Dispose();
    }
}
