using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Reloads of a mission's modules, one after the other. Between two events every cell is quiescent, so a swap is: boot the new
/// version beside the old one, let it resume, and if it came back clean let the old one go. A few swaps a turn, so that the
/// mission's tasks go on meanwhile and the pool needs room for one cell more, not for twice as many.
/// </summary>
/// <remarks>
/// The old cell is untouched until its successor is ready: one that cannot begin costs nobody an event. Then those swapped already
/// go back the same way, and the version pointer never moved. An owner that finds a reload its predecessor left gives it up: every
/// cell is gone, and what the old version cannot do wrong any more the new one has not been seen to do right.
/// </remarks>
internal sealed class ModuleReloads(HostId host, MissionState state, TaskExecution execution, MissionModules modules) : IDisposable
{
    /// <summary>Swaps of one turn: a few milliseconds.</summary>
    private const int SwapsPerTurn = 32;

    /// <summary>Reloads that may wait in one mission.</summary>
    private const int MostWaiting = 16;

    /// <summary>How often a compiler that works elsewhere is asked whether it is done.</summary>
    private static readonly TimeSpan s_compilePoll = TimeSpan.FromMilliseconds(2);

    /// <summary>How often a host full of cells is asked for the one place a swap needs.</summary>
    private static readonly TimeSpan s_fullPoll = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<string> _toSwap = new();
    private Task<HeldModule?>? _compiling;
    private int _swapped;

    /// <summary>A row of <c>control.mission_module</c> has changed since the last time this was set false.</summary>
    public bool HasNews { get; set; } = true;

    /// <summary>What became of the last reload that was answered, for people.</summary>
    public ReloadOutcome? LastOutcome { get; private set; }

    /// <summary>After a takeover: ends what a lost owner had begun.</summary>
    public void Begin(StreamWriter writer)
    {
        if (state.Machine.Modules.Reload is not { } reload)
        {
            return;
        }

        if (reload.FailedBy is null)
        {
            Fail(writer, reload, "host_lost");
        }

        Restore(writer, reload);
    }

    /// <summary>Takes an intent that was just appended.</summary>
    /// <returns>Why not, or null; it is answered later.</returns>
    public string? Accept(Entry entry)
    {
        if (state.Spec is null || state.Finished)
        {
            return "mission_finished";
        }

        if (state.ReloadsWaiting >= MostWaiting)
        {
            return "reloads_waiting";
        }

        state.RequestReload(entry);
        HasNews = true;
        return null;
    }

    /// <returns>When to call again: zero = now; null = nothing is to be done.</returns>
    public TimeSpan? Step(StreamWriter writer)
    {
        while (true)
        {
            if (state.Machine.Modules.Reload is { } reload)
            {
                if (Swap(writer, reload) is { } wait)
                {
                    return wait;
                }

                continue;
            }

            if (state.NextReload is not { } request)
            {
                return null;
            }

            if (!TryBegin(writer, request))
            {
                return s_compilePoll;
            }
        }
    }

    /// <summary>The mission ends, and no cell is left: the reload that goes on is over, and what was asked for and not begun will not be.</summary>
    public void Finish(StreamWriter writer)
    {
        if (state.Machine.Modules.Reload is { } reload)
        {
            End(writer, reload);
        }

        while (state.NextReload is { } request)
        {
            Refuse(writer, request, "mission_finished", $"Mission {state.Mission} ended before its turn came.");
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _compiling?.ContinueWith(static done => done.Result?.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        _stop.Dispose();
    }

    /// <returns>False while the new version is being compiled; otherwise the request is answered by its first entry.</returns>
    private bool TryBegin(StreamWriter writer, ReloadRequest request)
    {
        var versions = state.Machine.Modules;
        if (!versions.IsCurrent(request.From))
        {
            return Refuse(writer, request, "module_not_running", $"No task of the mission runs module {request.From}. GET …/missions/{{id}}/modules tells what runs.");
        }

        if ((request.To ?? versions.Previous(request.From)) is not { } to)
        {
            return Refuse(writer, request, "nothing_to_roll_back", $"The mission has run module {request.From} from the first: there is no version before it.");
        }

        if (to == request.From)
        {
            return Refuse(writer, request, "module_unchanged", $"The mission runs module {to} already.");
        }

        if (!modules.Holds(to))
        {
            _compiling ??= modules.FindAsync(to, _stop.Token);
            if (!_compiling.IsCompleted)
            {
                return false;
            }

            var compiled = _compiling;
            _compiling = null;
            if (compiled.IsFaulted)
            {
                var fault = compiled.Exception.GetBaseException();
                return fault is VoxeltronException named
                    ? Refuse(writer, request, named.FaultCode, named.Message)
                    : throw new VoxeltronException("module_unreadable", $"Module {to} could not be read: {fault.Message}", fault);
            }

            if (compiled.Result is not { } held)
            {
                return Refuse(writer, request, "unknown_module", $"No registered module has digest {to}. Upload it first: POST /v1/modules?name=…");
            }

            modules.Hold(to, held);
        }

        Gather(request.From);
        var began = writer.Append(EntryBodies.ModuleReloadBegan(host, request.From, to, request.Seq, _toSwap.Count));
        state.BeginReload(request.From, to, request.Seq, began.Header.TimeUs);
        _toSwap.Clear();
        _swapped = 0;
        HasNews = true;
        return true;
    }

    /// <returns>Null when the reload has ended.</returns>
    private TimeSpan? Swap(StreamWriter writer, ModuleReload reload)
    {
        for (var left = SwapsPerTurn; left > 0; left--)
        {
            if (NextToSwap() is not { } taskKey)
            {
                End(writer, reload);
                return null;
            }

            if (writer.IsFull)
            {
                return TimeSpan.Zero;
            }

            if (!execution.HasRoom)
            {
                _toSwap.Enqueue(taskKey);
                return s_fullPoll;
            }

            if (execution.Replace(writer, taskKey, modules[reload.Target]) is not { } code)
            {
                _swapped++;
            }
            else if (code == TaskExecution.NoCapacity)
            {
                _toSwap.Enqueue(taskKey);
                return s_fullPoll;
            }
            else if (reload.FailedBy is null)
            {
                Fail(writer, reload, code);
                return TimeSpan.Zero;
            }

            // A task whose cell could not go back either goes on in a later attempt: the reload is to be over.
        }

        return TimeSpan.Zero;
    }

    private string? NextToSwap()
    {
        while (_toSwap.TryDequeue(out var taskKey))
        {
            if (execution.IsLive(taskKey) && state.Machine.IsToBeReplaced(taskKey))
            {
                return taskKey;
            }
        }

        // Whoever began while others were swapped.
        execution.AddLive(_toSwap, state.Machine.IsToBeReplaced);
        return _toSwap.TryDequeue(out var late) ? late : null;
    }

    private void Gather(ModuleDigest from)
    {
        _toSwap.Clear();
        execution.AddLive(_toSwap, taskKey => state.Machine.Task(taskKey).Module == from);
    }

    private void End(StreamWriter writer, ModuleReload reload)
    {
        if (reload.FailedBy is not null)
        {
            Restore(writer, reload);
            return;
        }

        var entry = writer.Append(EntryBodies.ModuleReloaded(host, reload.From, reload.To, reload.RequestedSeq, _swapped));
        state.Machine.Apply(new MissionFact.Reloaded(entry.Header.TimeUs));
        LastOutcome = new ReloadOutcome(reload.RequestedSeq, "reloaded", null);
        Ended();
    }

    private void Fail(StreamWriter writer, ModuleReload reload, string code)
    {
        var entry = writer.Append(EntryBodies.ModuleReloadFailed(host, code, reload.From, reload.To, reload.RequestedSeq));
        state.Machine.Apply(new MissionFact.ReloadFailed(code, entry.Header.TimeUs));
        _toSwap.Clear();
        _swapped = 0;
        HasNews = true;
    }

    private void Restore(StreamWriter writer, ModuleReload reload)
    {
        var code = state.Machine.Modules.Reload!.FailedBy!;
        var entry = writer.Append(EntryBodies.ModuleRestored(host, code, reload.From, reload.To, reload.RequestedSeq, _swapped));
        state.Machine.Apply(new MissionFact.Restored(entry.Header.TimeUs));
        LastOutcome = new ReloadOutcome(reload.RequestedSeq, "restored", code);
        Ended();
    }

    private void Ended()
    {
        modules.Keep(state.Machine.Modules.InUse);
        HasNews = true;
    }

    private bool Refuse(StreamWriter writer, ReloadRequest request, string code, string reason)
    {
        writer.Append(Refusals.Intent(host, code, request.Intent, request.Seq, reason));
        state.RefuseReload(request.Seq);
        HasNews = true;
        return true;
    }
}

/// <summary>How a reload ended.</summary>
/// <param name="Outcome"><c>reloaded</c>, or <c>restored</c> because of <paramref name="Code"/>.</param>
internal sealed record ReloadOutcome(long RequestedSeq, string Outcome, string? Code);
