using System.Threading.Channels;
using Voxeltron.Api.Http;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Inbox;

/// <summary>
/// The one writer of this process into <c>control.inbox</c>. Requests put their submissions into a bounded queue and wait; the
/// loop takes all that is there, one transaction a tenant. So requests that arrive together share a commit, and what arrives
/// during a commit forms the next: no timer, no delay when idle. One signature covers them all. A full queue answers 429 instead of growing.
/// </summary>
internal sealed partial class InboxCommitter(ISigner signer, InboxCommands inbox, ApiMetrics metrics, ILogger<InboxCommitter> logger)
    : BackgroundService
{
    private const int MaxWaiting = 4096;

    /// <summary>Payload bytes waiting or being written. One request always fits.</summary>
    public const long MaxWaitingBytes = 256L * 1024 * 1024;

    /// <summary>Bounds of one transaction.</summary>
    private const int MaxSubmissionsPerCommit = 1000;
    private const long MaxBytesPerCommit = 32 * 1024 * 1024;

    private readonly Channel<Waiting> _queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private volatile bool _stopping;
    private long _waitingBytes;

    /// <summary>Written together or not at all. Returns once durable; a client that leaves does not undo it.</summary>
    public async Task<IReadOnlyList<SubmissionResult>> SubmitAsync(IReadOnlyList<Submission> group, CancellationToken cancel)
    {
        var waiting = new Waiting(group);
        var bytes = Interlocked.Add(ref _waitingBytes, waiting.Bytes);
        if (bytes > MaxWaitingBytes && bytes > waiting.Bytes)
        {
            Interlocked.Add(ref _waitingBytes, -waiting.Bytes);
            throw new ProblemException(Problems.Busy, $"{MaxWaitingBytes / (1024 * 1024)} MiB wait for the database already.");
        }

        if (!_queue.Writer.TryWrite(waiting))
        {
            Interlocked.Add(ref _waitingBytes, -waiting.Bytes);
            throw _stopping
                ? new ProblemException(Problems.ShuttingDown, "The Api takes no more writes; another one may.")
                : new ProblemException(Problems.Busy, $"{MaxWaiting} requests wait for the database already.");
        }

        return await waiting.Done.Task.WaitAsync(cancel);
    }

    public async Task<SubmissionResult> SubmitAsync(Submission submission, CancellationToken cancel) =>
        (await SubmitAsync([submission], cancel))[0];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The queue, not the token, ends the loop: what was taken in is written, then the rest is turned away.
        await using var stop = stoppingToken.Register(() =>
        {
            _stopping = true;
            _queue.Writer.TryComplete();
        });
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            foreach (var tenant in Take().GroupBy(static waiting => waiting.Tenant))
            {
                List<Waiting> together = [.. tenant];
                await CommitAsync(together);
                Interlocked.Add(ref _waitingBytes, -together.Sum(static waiting => waiting.Bytes));
            }
        }
    }

    private List<Waiting> Take()
    {
        var taken = new List<Waiting>();
        var submissions = 0;
        var bytes = 0L;
        while (submissions < MaxSubmissionsPerCommit && bytes < MaxBytesPerCommit && _queue.Reader.TryRead(out var waiting))
        {
            taken.Add(waiting);
            submissions += waiting.Group.Count;
            bytes += waiting.Bytes;
        }

        return taken;
    }

    private async Task CommitAsync(List<Waiting> together)
    {
        try
        {
            var started = metrics.Now();
            var results = await inbox.SubmitAsync(Signed([.. together.SelectMany(static waiting => waiting.Group)]), CancellationToken.None);
            metrics.InboxCommitted(started, results.Count);
            var next = 0;
            foreach (var waiting in together)
            {
                waiting.Done.TrySetResult([.. results.Skip(next).Take(waiting.Group.Count)]);
                next += waiting.Group.Count;
            }
        }
        catch (Exception fault)
        {
            await FailAsync(together, fault);
        }
    }

    private List<Submission> Signed(List<Submission> drafts)
    {
        var intents = new List<Intent>(drafts.Count);
        foreach (var part in drafts.Chunk(IntentSignature.MostIntents))
        {
            intents.AddRange(IntentSignature.Sign(signer, [.. part.Select(static draft => draft.Intent)]));
        }

        return [.. drafts.Select((draft, index) => draft with { Intent = intents[index] })];
    }

    /// <summary>If the database is away all share its fate; else one of them may be at fault and must not take its neighbours along.</summary>
    private async Task FailAsync(List<Waiting> together, Exception fault)
    {
        if (together.Count > 1 && PostgresFault.Classify(fault) == PostgresFaultClass.None)
        {
            LogSplit(fault, together.Count);
            foreach (var alone in together)
            {
                await CommitAsync([alone]);
            }

            return;
        }

        foreach (var waiting in together)
        {
            waiting.Done.TrySetException(fault);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "An inbox commit of {Count} requests failed; trying them one by one")]
    private partial void LogSplit(Exception fault, int count);

    private sealed class Waiting(IReadOnlyList<Submission> group)
    {
        public IReadOnlyList<Submission> Group { get; } = group;

        public TenantId Tenant => Group[0].Intent.Tenant;

        public long Bytes { get; } = group.Sum(static submission => submission.Intent.Payload?.LongLength ?? 0L);

        public TaskCompletionSource<IReadOnlyList<SubmissionResult>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
