using System.Collections.Concurrent;
using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

// Model calls: as requests, but whom they are for is found when they leave, and may be another one after that.
internal sealed partial class MissionRequests
{
    private readonly ConcurrentQueue<Answer> _answers = new();
    private readonly Dictionary<(string TaskKey, long Ticket), Asking> _asking = [];

    /// <summary>What the last entry's action asked models for leaves when that entry is durable.</summary>
    public void HoldModels(StreamWriter writer, string taskKey, IReadOnlyList<CellModelCall> calls)
    {
        foreach (var call in calls)
        {
            if (!state.Machine.IsFunded(taskKey, call.Ticket))
            {
                UnpaidModel(taskKey, call.Ticket, call.Class);
                continue;
            }

            writer.Hold(PrepareAsk(taskKey, call));
        }
    }

    /// <summary>What a former owner's actions asked models for and nobody answered is asked again.</summary>
    private async Task ResendModelsAsync(Func<long, CancellationToken, ValueTask<byte[]?>> read, CancellationToken cancel)
    {
        foreach (var asked in state.Requests.Unanswered.Where(static request => request.IsModel).GroupBy(static request => request.AskedSeq).ToList())
        {
            var payload = await read(asked.Key, cancel);
            foreach (var open in asked)
            {
                if (payload is null)
                {
                    _answers.Enqueue(new Answer(open.TaskKey, open.Ticket, "", new ModelOutcome(null, RequestCodes.Erased, []), null));
                    continue;
                }

                var call = ModelPayload.Read(payload, open.Ticket);
                if (!state.Machine.IsFunded(open.TaskKey, open.Ticket))
                {
                    UnpaidModel(open.TaskKey, open.Ticket, call.Class);
                    continue;
                }

                PrepareAsk(open.TaskKey, call).Leave();
            }
        }
    }

    /// <summary>As <see cref="Unpaid"/>.</summary>
    private void UnpaidModel(string taskKey, long ticket, string ofClass)
    {
        _answers.Enqueue(new Answer(taskKey, ticket, ofClass, new ModelOutcome(null, ModelCodes.BudgetExhausted, []), null));
        Wake();
    }

    private void PrepareModels()
    {
        if (models is not null && state.Spec!.Models?.Values.Any(static grant => !grant.IsNone) == true)
        {
            models.Prepare(stream.Tenant);
        }
    }

    /// <returns>Whether more is there than this turn may take.</returns>
    private bool TakeAnswers(StreamWriter writer)
    {
        while (!writer.IsFull && _answers.TryDequeue(out var answer))
        {
            using var held = answer.Held;
            if (_asking.Remove((answer.TaskKey, answer.Ticket), out var sent))
            {
                sent.Dispose();
            }

            if (!state.Finished && state.Requests.IsOpen(answer.TaskKey, answer.Ticket))
            {
                Write(writer, answer);
            }
        }

        return !_answers.IsEmpty;
    }

    private void Write(StreamWriter writer, Answer answer)
    {
        var outcome = answer.Outcome;
        if (outcome.Replied is { } replied)
        {
            var reply = replied.Reply;
            var payload = reply.Write();
            var record = new ModelReplyRecord(
                answer.TaskKey, answer.Ticket, answer.Class, reply.Provider, reply.Model, replied.IsExternal, reply.TokensIn, reply.TokensOut, replied.IsEstimated,
                replied.CostMicro, replied.SentUs, replied.Us, outcome.Tried);
            var entry = writer.Append(EntryBodies.ModelReplied(host, record, Salts.Salt(payload)));
            Answers?.Invoke(entry.Header.Seq, payload);
            state.Settle(entry);
            state.Replied(answer.TaskKey, answer.Ticket, entry.Header.Seq);
            metrics.ModelTokens(reply.Provider, reply.TokensIn, reply.TokensOut);
            return;
        }

        var failed = writer.Append(EntryBodies.ModelFailed(host, answer.TaskKey, answer.Ticket, answer.Class, outcome.Code!, outcome.Tried, Salts.Salt(ModelTry.Write(outcome.Tried))));
        state.Settle(failed);
        state.RequestFailed(answer.TaskKey, [answer.Ticket], outcome.Code!, failed.Header.Seq);
        LogModelFailed(log, state.Mission.ToString(), answer.TaskKey, outcome.Code!, failed.Header.Seq);
    }

    private void StopAsking((string TaskKey, long Ticket) dropped)
    {
        if (_asking.TryGetValue(dropped, out var unwanted))
        {
            unwanted.Cancel();
        }
    }

    private void DisposeModels()
    {
        foreach (var asking in _asking.Values)
        {
            asking.Dispose();
        }

        _asking.Clear();
        DrainAnswers();
    }

    private void DrainAnswers()
    {
        while (_answers.TryDequeue(out var answer))
        {
            answer.Held?.Dispose();
        }
    }

    private Asking PrepareAsk(string taskKey, CellModelCall call)
    {
        var asking = new Asking(this, taskKey, call);
        _asking.Add((taskKey, call.Ticket), asking);
        return asking;
    }

    private async Task AskAsync(string taskKey, CellModelCall call, CancellationToken cancel)
    {
        IDisposable? held = null;
        ModelOutcome outcome;
        try
        {
            held = await _quota.EnterAsync(call.Request.Length + EgressLimits.Default.ResponseBytes, cancel);
            outcome = models is null
                ? new ModelOutcome(null, ModelCodes.NoProvider, [])
                : await new ModelSender(models, stream.Tenant).SendAsync(call, Key(taskKey, call.Ticket), cancel);
        }
        catch (OperationCanceledException)
        {
            outcome = new ModelOutcome(null, ModelCodes.Failed, []);
        }

        if (_over.IsCancellationRequested)
        {
            held?.Dispose();
            return;
        }

        _answers.Enqueue(new Answer(taskKey, call.Ticket, call.Class, outcome, held));
        if (_over.IsCancellationRequested)
        {
            // It ended between the two looks, and nobody takes answers any more.
            DrainAnswers();
            return;
        }

        Wake();
    }

    private sealed record Answer(string TaskKey, long Ticket, string Class, ModelOutcome Outcome, IDisposable? Held);

    /// <summary>One call, from the gate to its answer; perhaps it never leaves.</summary>
    private sealed class Asking : IOutput, IDisposable
    {
        private readonly MissionRequests _requests;
        private readonly string _taskKey;
        private readonly CellModelCall _call;
        private readonly CancellationTokenSource _cancel;

        // Beside its source, which may be gone when the committer asks.
        private readonly CancellationToken _token;
        private int _hasLeft;

        public Asking(MissionRequests requests, string taskKey, CellModelCall call)
        {
            (_requests, _taskKey, _call) = (requests, taskKey, call);
            _cancel = CancellationTokenSource.CreateLinkedTokenSource(requests._over.Token);
            _token = _cancel.Token;
        }

        public void Leave()
        {
            if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
            {
                // Not on the committer's thread: all streams of the host wait for that one.
                _ = Task.Run(() => _requests.AskAsync(_taskKey, _call, _token), CancellationToken.None);
            }
        }

        /// <summary>Nobody waits for it any more.</summary>
        public void Cancel() => _cancel.Cancel();

        /// <summary>Its answer was taken, or the stream is lost: what never left does not.</summary>
        public void Dispose()
        {
            Interlocked.Exchange(ref _hasLeft, 1);
            _cancel.Dispose();
        }
    }

    [LoggerMessage(3, LogLevel.Warning, "{Mission}: no model answered task {Task} ({Code}); who was asked stands in seq {Seq}.")]
    private static partial void LogModelFailed(ILogger log, string mission, string task, string code, long seq);
}
