using System.Collections.Concurrent;
using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// The requests of one mission: held at the output gate until the action that asked is durable, sent, and what came of each written down,
/// before any cell hears of it. Belongs to the writer section; only what is under way runs elsewhere.
/// </summary>
/// <remarks>
/// <code>
///  action asks ─► Hold ─► durable ─► under way ─► result ─► Turn: http.replied | http.failed | egress.refused ─► on_reply
///  takeover: what is asked and not answered ─► Resend, with the same idempotency key
/// </code>
/// At least once, therefore: an owner may die between sending and writing down. Refusals of one task are written at most once a
/// second, together: a cell that keeps knocking fills no log, and waits.
/// </remarks>
internal sealed partial class MissionRequests(StreamRef stream, HostId host, MissionState state, EgressDesk desk, WorkerMetrics metrics, ILogger log, ModelDesk? models = null) : IDisposable
{
    private const long RefusalsEveryUs = 1_000_000;

    private readonly ConcurrentQueue<Result> _results = new();
    private readonly Dictionary<(string TaskKey, long Ticket), Sending> _underWay = [];
    private readonly Dictionary<string, RefusedTask> _refused = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _over = new();
    private readonly EgressQuota _quota = desk.Quota();
    private long _deniedCount;
    private long _deniedToldUs;
    private (string TaskKey, CellDenial Denial)? _denied;

    /// <summary>Gives the writer section a turn.</summary>
    public Action Wake { get; set; } = static () => { };

    /// <summary>When the next refusals may be written. Unix microseconds; null when none wait.</summary>
    public long? NextUs => _refused.Count == 0 ? null : _refused.Values.Where(static task => task.Waiting.Count > 0).Select(static task => (long?)task.DueUs).Min();

    /// <summary>Why cells of the profile may not be run here; null when they may.</summary>
    public (string Code, string Reason)? Refusal(EgressCredential credential) => desk.Refusal(credential, stream.Tenant);

    /// <summary>The mission was accepted, or taken over: namespaces are made ready before its first cell asks.</summary>
    public void Prepare()
    {
        foreach (var credential in state.Spec!.Egress.Values)
        {
            desk.Prepare(credential);
        }

        PrepareModels();
    }

    /// <summary>The network of a cell that boots; null for a profile without egress.</summary>
    // Hot path: per boot.
    public CellNetwork? Take(CellProfile profile, BootClock boots, out string? origin)
    {
        origin = null;
        if (state.Spec!.Egress.Count == 0 || !state.Spec.Egress.TryGetValue(profile.Name, out var credential))
        {
            return null;
        }

        var began = boots.Timestamp();
        var network = desk.Take(credential, out var from);
        boots.Record(BootStage.Netns, began);
        origin = from;
        return network;
    }

    /// <summary>What the last entry's action asked for leaves when that entry is durable.</summary>
    public void Hold(StreamWriter writer, LiveTask live, IReadOnlyList<CellRequest> requests)
    {
        // One for all it asks for from now on: a cell has one namespace.
        live.Network ??= desk.Later(CredentialOf(live.Task.TaskKey));
        foreach (var request in requests)
        {
            if (!state.Machine.IsFunded(live.Task.TaskKey, request.Ticket))
            {
                Unpaid(live.Task.TaskKey, request.Ticket);
                continue;
            }

            writer.Hold(Prepare(live.Task.TaskKey, request, live.Network.Share() ?? desk.Later(live.Network.Profile)));
        }
    }

    /// <summary>What a former owner's actions asked for and nobody answered is sent again.</summary>
    /// <param name="read">The payload of the entry at a seq; null when it was erased.</param>
    public async Task ResendAsync(Func<long, CancellationToken, ValueTask<byte[]?>> read, CancellationToken cancel)
    {
        await ResendModelsAsync(read, cancel);
        foreach (var asked in state.Requests.Unanswered.Where(open => !open.IsModel && state.Gates.OfTicket(open.TaskKey, open.Ticket) is null).GroupBy(static request => request.AskedSeq).ToList())
        {
            var payload = await read(asked.Key, cancel);
            // Requests of one action are of one task.
            using var network = desk.Later(CredentialOf(asked.First().TaskKey));
            foreach (var open in asked)
            {
                if (payload is null)
                {
                    _results.Enqueue(new Result(open.TaskKey, open.Ticket, new HttpOutcome(null, new HttpFailure(RequestCodes.Erased, "", "The request was erased."), 0, 0), null));
                    continue;
                }

                if (!state.Machine.IsFunded(open.TaskKey, open.Ticket))
                {
                    Unpaid(open.TaskKey, open.Ticket);
                    continue;
                }

                Prepare(open.TaskKey, RequestPayload.Read(payload, open.Ticket), network.Share()!).Leave();
            }
        }
    }

    /// <summary>Writes down what came back, and stops what nobody waits for any more.</summary>
    /// <returns>Whether more is there than this turn may take.</returns>
    public bool Turn(StreamWriter writer)
    {
        foreach (var dropped in state.Requests.DrainDropped())
        {
            if (_underWay.TryGetValue(dropped, out var unwanted))
            {
                unwanted.Cancel();
            }

            StopAsking(dropped);
        }

        while (!writer.IsFull && _results.TryDequeue(out var result))
        {
            using var held = result.Held;
            if (_underWay.Remove((result.TaskKey, result.Ticket), out var sent))
            {
                sent.Dispose();
            }

            if (!state.Finished && state.Requests.IsOpen(result.TaskKey, result.Ticket))
            {
                Write(writer, result);
            }
        }

        var more = TakeAnswers(writer);
        WriteRefusals(writer);
        TellDenied();
        return more || !_results.IsEmpty;
    }

    /// <summary>Calls for what a cell is not granted: counted, and said in the log once a second.</summary>
    public void Denied(string taskKey, IReadOnlyList<CellDenial> denied)
    {
        foreach (var denial in denied)
        {
            _deniedCount += denial.Count;
            metrics.Denied(denial.Code, denial.Count);
        }

        _denied ??= (taskKey, denied[0]);
    }

    public void Dispose()
    {
        _over.Cancel();
        foreach (var sending in _underWay.Values)
        {
            sending.Dispose();
        }

        _underWay.Clear();
        Drain();
        DisposeModels();
    }

    /// <summary>The budget did not allow it when it was asked for: it never leaves, and its cell is told at once.</summary>
    private void Unpaid(string taskKey, long ticket)
    {
        _results.Enqueue(new Result(taskKey, ticket, new HttpOutcome(null, new HttpFailure(RequestCodes.BudgetExhausted, "", "The mission's budget of egress_bytes does not allow its worst case."), 0, 0), null));
        Wake();
    }

    private EgressCredential CredentialOf(string taskKey) => state.Spec!.Egress[state.Machine.Task(taskKey).Profile.Name];

    private Sending Prepare(string taskKey, CellRequest request, CellNetwork network)
    {
        var sending = new Sending(this, taskKey, request, network);
        _underWay.Add((taskKey, request.Ticket), sending);
        return sending;
    }

    private async Task SendAsync(string taskKey, CellRequest request, CellNetwork network, CancellationToken cancel)
    {
        IDisposable? held = null;
        HttpOutcome outcome;
        using (network)
        {
            try
            {
                held = await _quota.EnterAsync(request, cancel);
                outcome = await HttpSender.SendAsync(network, request, Key(taskKey, request.Ticket), desk.Clock, cancel);
            }
            catch (OperationCanceledException)
            {
                outcome = new HttpOutcome(null, new HttpFailure(RequestCodes.ConnectionLost, request.Url.Place, "It was not sent: nobody waits for it."), 0, 0);
            }
        }

        if (_over.IsCancellationRequested)
        {
            held?.Dispose();
            return;
        }

        _results.Enqueue(new Result(taskKey, request.Ticket, outcome, held));
        if (_over.IsCancellationRequested)
        {
            // It ended between the two looks, and nobody takes results any more.
            Drain();
            return;
        }

        Wake();
    }

    private void Drain()
    {
        while (_results.TryDequeue(out var result))
        {
            result.Held?.Dispose();
        }
    }

    /// <summary>The same whenever this request is sent; another for every other request there ever was.</summary>
    private string Key(string taskKey, long ticket) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{state.Mission}.{taskKey}.{ticket}");

    private void Write(StreamWriter writer, Result result)
    {
        if (result.Outcome.Reply is { } reply)
        {
            var record = new HttpReplyRecord(result.TaskKey, result.Ticket, reply.Status, reply.Body.Length, result.Outcome.Redirects, result.Outcome.Us);
            var payload = reply.Write();
            var entry = writer.Append(EntryBodies.HttpReplied(host, record, Salts.Salt(payload)));
            Answers?.Invoke(entry.Header.Seq, payload);
            state.Settle(entry);
            state.Replied(result.TaskKey, result.Ticket, entry.Header.Seq);
            metrics.Requested("replied");
            return;
        }

        var failure = result.Outcome.Failure!;
        if (!RequestCodes.IsRefusal(failure.Code))
        {
            WriteFailed(writer, EntryKinds.HttpFailed, result.TaskKey, failure.Code, [new FailedRequest(result.Ticket, failure.Place, failure.Reason)]);
            return;
        }

        if (!_refused.TryGetValue(result.TaskKey, out var task))
        {
            _refused.Add(result.TaskKey, task = new RefusedTask());
        }

        task.Waiting.Add((failure.Code, new FailedRequest(result.Ticket, failure.Place, failure.Reason)));
    }

    /// <summary>Bytes that will be asked for soon, by the seq of their entry.</summary>
    public Action<long, byte[]>? Answers { get; set; }

    private void WriteRefusals(StreamWriter writer)
    {
        if (_refused.Count == 0)
        {
            return;
        }

        var nowUs = desk.Clock.NowUs();
        foreach (var (taskKey, task) in _refused.Where(task => task.Value.DueUs <= nowUs).ToList())
        {
            var open = task.Waiting.Where(one => !state.Finished && state.Requests.IsOpen(taskKey, one.Failed.Ticket)).ToList();
            if (open.Count == 0)
            {
                // A whole second without one, or the task has ended.
                _refused.Remove(taskKey);
                continue;
            }

            foreach (var code in open.GroupBy(static one => one.Code))
            {
                WriteFailed(writer, EntryKinds.EgressRefused, taskKey, code.Key, [.. code.Select(static one => one.Failed).OrderBy(static failed => failed.Ticket)]);
            }

            task.Waiting.Clear();
            task.DueUs = nowUs + RefusalsEveryUs;
        }
    }

    private void WriteFailed(StreamWriter writer, string kind, string taskKey, string code, IReadOnlyList<FailedRequest> failed)
    {
        long[] tickets = [.. failed.Select(static one => one.Ticket)];
        var entry = writer.Append(EntryBodies.HttpFailed(kind, host, taskKey, code, tickets, Salts.Salt(FailedRequest.Write(failed))));
        state.Settle(entry);
        state.RequestFailed(taskKey, tickets, code, entry.Header.Seq);
        metrics.Requested(code, tickets.Length);
        if (kind == EntryKinds.EgressRefused)
        {
            LogRefused(log, state.Mission.ToString(), taskKey, code, tickets.Length, entry.Header.Seq);
        }
    }

    private void TellDenied()
    {
        if (_denied is not { } first || desk.Clock.NowUs() - _deniedToldUs < RefusalsEveryUs)
        {
            return;
        }

        LogDenied(log, state.Mission.ToString(), _deniedCount, first.TaskKey, first.Denial.Code);
        (_denied, _deniedCount, _deniedToldUs) = (null, 0, desk.Clock.NowUs());
    }

    private sealed record Result(string TaskKey, long Ticket, HttpOutcome Outcome, IDisposable? Held);

    private sealed class RefusedTask
    {
        public List<(string Code, FailedRequest Failed)> Waiting { get; } = [];

        /// <summary>Nothing of it is written before. 0: at once.</summary>
        public long DueUs { get; set; }
    }

    /// <summary>One request, from the gate to its result; perhaps it never leaves.</summary>
    private sealed class Sending : IOutput, IDisposable
    {
        private readonly MissionRequests _requests;
        private readonly string _taskKey;
        private readonly CellRequest _request;
        private readonly CellNetwork _network;
        private readonly CancellationTokenSource _cancel;

        // Beside its source, which may be gone when the committer asks.
        private readonly CancellationToken _token;
        private int _hasLeft;

        public Sending(MissionRequests requests, string taskKey, CellRequest request, CellNetwork network)
        {
            (_requests, _taskKey, _request, _network) = (requests, taskKey, request, network);
            _cancel = CancellationTokenSource.CreateLinkedTokenSource(requests._over.Token);
            _token = _cancel.Token;
        }

        public void Leave()
        {
            if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
            {
                // Not on the committer's thread: all streams of the host wait for that one.
                _ = Task.Run(() => _requests.SendAsync(_taskKey, _request, _network, _token), CancellationToken.None);
            }
        }

        /// <summary>Nobody waits for it any more.</summary>
        public void Cancel() => _cancel.Cancel();

        /// <summary>Its result was taken, or the stream is lost: what never left holds its cell's network no longer.</summary>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
            {
                _network.Dispose();
            }

            _cancel.Dispose();
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{Mission}: {Count} requests of task {Task} were refused ({Code}); the places stand in the payload of seq {Seq}.")]
    private static partial void LogRefused(ILogger log, string mission, string task, string code, int count, long seq);

    [LoggerMessage(2, LogLevel.Warning, "{Mission}: {Count} calls were for what their cell is not granted, the first of task {Task} ({Code}). Each action counts its own in 'denied'.")]
    private static partial void LogDenied(ILogger log, string mission, long count, string task, string code);
}
