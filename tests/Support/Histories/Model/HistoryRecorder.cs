namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// Collects what concurrent clients ask and are told. Thread-safe: instants are given under one lock and never twice, so
/// "a was answered before b was invoked" in the history is so in fact. A client calls <see cref="Invoke"/> before it sends
/// and completes the operation after it has its answer; the other way round would invent an order.
/// </summary>
public sealed class HistoryRecorder
{
    private readonly Lock _gate = new();

    // All below: under _gate.
    private readonly List<Operation> _operations = [];
    private readonly TimeProvider? _time;
    private readonly long _began;
    private long _last;

    /// <summary>Instants are the numbers of a counter.</summary>
    public HistoryRecorder()
    {
    }

    /// <summary>Instants are microseconds since now; where two would be equal the later is moved on by one.</summary>
    public HistoryRecorder(TimeProvider time)
    {
        _time = time;
        _began = time.GetTimestamp();
    }

    /// <summary>Notes that a process is about to send these steps; the answers in them are not looked at.</summary>
    /// <returns>Its index in the history, to complete it with.</returns>
    public int Invoke(int process, params MicroOp[] steps)
    {
        lock (_gate)
        {
            // Info until said otherwise: a client that dies leaves its outcome unknown.
            _operations.Add(new Operation(_operations.Count, process, Next(), Operation.Never, Outcome.Info, steps));
            return _operations.Count - 1;
        }
    }

    /// <summary>Acknowledged, with these answers: as many steps as were invoked, on the same objects.</summary>
    public void Ok(int operation, params MicroOp[] steps)
    {
        lock (_gate)
        {
            var pending = Pending(operation);
            if (!pending.Steps.Select(Object).SequenceEqual(steps.Select(Object)))
            {
                throw new ArgumentException($"{pending} was answered as other steps: {string.Join("; ", steps.AsEnumerable())}", nameof(steps));
            }

            _operations[operation] = pending with { Outcome = Outcome.Ok, Completed = Next(), Steps = steps };
        }
    }

    /// <summary>Refused, and known never to happen.</summary>
    public void Fail(int operation) => Close(operation, Outcome.Fail);

    /// <summary>The client gave up; it may have happened and may yet.</summary>
    public void Info(int operation) => Close(operation, Outcome.Info);

    /// <summary>What was recorded so far; operations still open have an unknown outcome.</summary>
    public History ToHistory()
    {
        lock (_gate)
        {
            return new History([.. _operations]);
        }
    }

    private void Close(int operation, Outcome outcome)
    {
        lock (_gate)
        {
            _operations[operation] = Pending(operation) with { Outcome = outcome, Completed = Next() };
        }
    }

    private Operation Pending(int operation) => _operations[operation].Completed == Operation.Never
        ? _operations[operation]
        : throw new InvalidOperationException($"completed twice: {_operations[operation]}");

    private long Next()
    {
        var now = _time is null ? 0 : (long)_time.GetElapsedTime(_began).TotalMicroseconds;
        _last = Math.Max(_last + 1, now);
        return _last;
    }

    private static (Type, DataKind, string) Object(MicroOp step) => (step.GetType(), step.Data, step.Key);
}
