using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

// The state as bytes: equal states give equal bytes, whether they were lived through, folded, or restored. What follows from
// calls with a clock (queued, taken, overdue) is left out and found again.
public sealed partial class MissionMachine
{
    /// <summary>Items of all inputs with the entry of each: input by input in the spec's order, each in order of arrival.</summary>
    public IEnumerable<(string Input, string ItemKey, long Seq)> Items =>
        _inputs.Values.SelectMany(static input => input.Order.Select((key, i) => (input.Spec.Name, key, input.Seqs[i])));

    /// <summary>Completed tasks with the action that completed each.</summary>
    public IEnumerable<(string TaskKey, long Seq)> Results =>
        _nodes.Where(static node => node.ResultSeq != 0).Select(static node => (node.Key, node.ResultSeq));

    /// <summary>Cells of the tasks that run.</summary>
    public IEnumerable<CellId> RunningCells =>
        _nodes.Where(static node => node.State == TaskState.Running).Select(static node => node.Cell!.Value);

    /// <summary>Linear in tasks and items.</summary>
    public void Write(BinaryWriter target)
    {
        target.Write(_cancelled);
        target.Write(_ended is { } ended ? (int)ended : -1);
        WriteText(target, _firstFailure);
        target.Write(TimeModifiedUs);
        foreach (var input in _inputs.Values)
        {
            target.Write(input.Closed);
            target.Write(input.Order.Count);
            for (var i = 0; i < input.Order.Count; i++)
            {
                target.Write(input.Order[i]);
                target.Write(input.Seqs[i]);
            }
        }

        var numbers = _plans.Select(static (plan, i) => (plan, i)).ToDictionary(static p => p.plan, static p => p.i);
        target.Write(_nodes.Count);
        foreach (var node in _nodes)
        {
            target.Write(numbers[node.Plan]);
            target.Write(node.Item);
            WriteText(target, node.ItemKey);
            target.Write(node.TimeCreatedUs);
            Write(target, node);
        }
    }

    /// <summary>Versions, the reload that goes on, and what each task runs where that is not what was declared.</summary>
    public void WriteModules(BinaryWriter target)
    {
        Modules.Write(target);
        var others = _nodes.Where(static node => node.Module is { } module && module != node.Plan.Spec.Module).ToList();
        target.Write(others.Count);
        foreach (var node in others)
        {
            target.Write(node.Index);
            target.Write(node.Module!.Value.Value);
        }
    }

    /// <summary>Takes what <see cref="WriteModules"/> wrote, after <see cref="Read(BinaryReader)"/>.</summary>
    public void ReadModules(BinaryReader source)
    {
        Modules.Read(source);
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var index = source.ReadInt32();
            if ((uint)index >= (uint)_nodes.Count)
            {
                throw new InvariantException($"A snapshot has the module of task {index}; there are {_nodes.Count}.");
            }

            _nodes[index].Module = new ModuleDigest(source.ReadString());
        }
    }

    /// <summary>Takes the state <see cref="Write(BinaryWriter)"/> wrote of a machine of the same spec.</summary>
    /// <exception cref="InvariantException">The bytes are of another spec, or no state a machine can be in.</exception>
    /// <exception cref="EndOfStreamException">They are cut off.</exception>
    public void Read(BinaryReader source)
    {
        Forget();
        _cancelled = source.ReadBoolean();
        _ended = source.ReadInt32() is var ended && ended >= 0 ? Known((MissionStatus)ended) : null;
        _firstFailure = ReadText(source);
        TimeModifiedUs = source.ReadInt64();
        foreach (var input in _inputs.Values)
        {
            input.Closed = source.ReadBoolean();
            _openInputs -= input.Closed ? 1 : 0;
            for (var left = source.ReadInt32(); left > 0; left--)
            {
                var key = source.ReadString();
                if (!input.Keys.Add(key))
                {
                    throw new InvariantException($"A snapshot has item '{key}' of input '{input.Spec.Name}' twice.");
                }

                input.Order.Add(key);
                input.Seqs.Add(source.ReadInt64());
            }
        }

        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var plan = source.ReadInt32();
            if ((uint)plan >= (uint)_plans.Count)
            {
                throw new InvariantException($"A snapshot has a task of declaration {plan}; the spec has {_plans.Count}.");
            }

            var (item, itemKey, created) = (source.ReadInt32(), ReadText(source), source.ReadInt64());
            Read(source, Create(_plans[plan], item, itemKey, 0, created));
        }

        // Nothing of it is news: the rows of control stand.
        DrainChanges();
    }

    private static void Write(BinaryWriter target, TaskNode node)
    {
        target.Write((byte)node.State);
        target.Write(node.Missing);
        target.Write(node.Attempt);
        target.Write(node.Cell is not null);
        if (node.Cell is { } cell)
        {
            target.Write(cell.Value.ToByteArray(bigEndian: true));
        }

        WriteText(target, node.Code);
        target.Write(node.LastSeq);
        target.Write(node.ResultSeq);
        target.Write(node.Begun);
        target.Write(node.IsLong);
        target.Write(node.RetryAtUs);
        target.Write(node.DeadlineUs);
        target.Write(node.TimeModifiedUs);
    }

    private void Read(BinaryReader source, TaskNode node)
    {
        var state = (TaskState)source.ReadByte();
        if (state > TaskState.Cancelled)
        {
            throw new InvariantException($"A snapshot has task '{node.Key}' in state {(int)state}, which is none.");
        }

        _counts[(int)TaskState.Blocked]--;
        _counts[(int)state]++;
        node.State = state;
        node.Missing = source.ReadInt32();
        node.Attempt = source.ReadInt32();
        node.Cell = source.ReadBoolean() ? new CellId(new Guid(source.ReadBytes(16), bigEndian: true)) : null;
        node.Module = node.Cell is null ? null : node.Plan.Spec.Module;
        node.Code = ReadText(source);
        node.LastSeq = source.ReadInt64();
        node.ResultSeq = source.ReadInt64();
        node.Begun = source.ReadBoolean();
        node.IsLong = source.ReadBoolean();
        node.RetryAtUs = source.ReadInt64();
        node.DeadlineUs = source.ReadInt64();
        node.TimeModifiedUs = source.ReadInt64();
        node.Plan.Running += state == TaskState.Running ? 1 : 0;
        if (node.IsTerminal)
        {
            node.Plan.Live--;
            node.Plan.Failed += state == TaskState.Failed ? 1 : 0;
            node.Plan.Refused += state == TaskState.Refused ? 1 : 0;
            return;
        }

        WatchDeadline(node);
        switch (state)
        {
            case TaskState.Ready:
                Queue(node);
                break;
            case TaskState.Backoff:
                _retries.Enqueue(node, (node.RetryAtUs, node.Index));
                break;
            case TaskState.Doomed or TaskState.Exhausted:
                Pend(node);
                break;
        }
    }

    /// <summary>Back to a machine of no task at all.</summary>
    private void Forget()
    {
        foreach (var plan in _plans)
        {
            plan.Nodes.Clear();
            plan.Live = 0;
        }

        foreach (var input in _inputs.Values)
        {
            input.Forget();
        }

        _openInputs = _inputs.Count;
        _nodes.Clear();
        _byKey.Clear();
        Array.Clear(_counts);
        _ready.Clear();
        _retries.Clear();
        _deadlines.Clear();
        _pending.Clear();
        _gateless.Clear();
        Gates.Clear();
        ForgetRestarts();
        ForgetControl();
        _changed = [];
        _endedKeys = [];
    }

    private static MissionStatus Known(MissionStatus status) =>
        Enum.IsDefined(status) ? status : throw new InvariantException($"A snapshot has a mission in state {(int)status}, which is none.");

    private static void WriteText(BinaryWriter target, string? text)
    {
        target.Write(text is not null);
        if (text is not null)
        {
            target.Write(text);
        }
    }

    private static string? ReadText(BinaryReader source) => source.ReadBoolean() ? source.ReadString() : null;
}
