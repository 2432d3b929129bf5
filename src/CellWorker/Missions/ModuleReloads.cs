using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Reloads of a mission's modules, one after the other. Between two events every cell is quiescent, so a swap is: boot the new
/// version beside the old one, let it resume, and if it came back clean let the old one go. A few swaps a turn, so that the
/// mission's tasks go on meanwhile; the engine keeps a place for the one cell more.
/// </summary>
/// <remarks>
/// The old cell is untouched until its successor is ready: one that cannot begin costs nobody an event. Then those swapped already
/// go back the same way, and the version pointer never moved. An owner that finds a reload its predecessor left gives it up: every
/// cell is gone, and boots the old version.
/// </remarks>
internal sealed class ModuleReloads(HostId host, MissionState state, TaskExecution execution, MissionModules modules) : IDisposable
{
    /// <summary>Swaps of one turn: a few milliseconds.</summary>
    private const int SwapsPerTurn = 32;

    /// <summary>Reloads that may wait in one mission.</summary>
    private const int MostWaiting = 16;

    /// <summary>How often a version is asked for again that could not be read: for half a minute.</summary>
    private const int MostFaults = 30;

    private const string HostLost = "host_lost";

    private static readonly TimeSpan s_shortestPoll = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_longestPoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_faultPause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<string> _toSwap = new();
    private readonly Dictionary<ModuleDigest, ReloadAnswer> _answers = [];
    private Task<HeldModule?>? _compiling;
    private TimeSpan _poll = s_shortestPoll;
    private int _faults;
    private int _swapped;

    /// <summary>A row of <c>control.mission_module</c> has changed since this was last set false.</summary>
    public bool HasNews { get; set; } = true;

    /// <summary>How the last request about a declared module was answered, as far as this owner knows.</summary>
    public ReloadAnswer? Answer(ModuleDigest declared) => _answers.GetValueOrDefault(declared);

    /// <summary>After a takeover: ends what a lost owner had begun.</summary>
    public void Begin(StreamWriter writer)
    {
        if (state.Machine.Modules.Reload is { } reload)
        {
            if (reload.FailedBy is null)
            {
                Fail(writer, reload, HostLost);
            }

            Restore(writer);
        }
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
        return null;
    }

    /// <returns>When to call again: zero = now; null = nothing is to be done.</returns>
    public TimeSpan? Step(StreamWriter writer)
    {
        while (true)
        {
            if (state.Machine.Modules.Reload is { } reload)
            {
                if (Swap(writer, reload) is { } more)
                {
                    return more;
                }
            }
            else if (state.NextReload is not { } request)
            {
                return null;
            }
            else if (TryBegin(writer, request) is { } wait)
            {
                return wait;
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

    /// <returns>How long to wait for the new version; null when the request has been answered by its first entry.</returns>
    private TimeSpan? TryBegin(StreamWriter writer, ReloadRequest request)
    {
        if (state.Machine.Modules.Find(request.Declared) is not { } version)
        {
            return Refuse(writer, request, "module_not_running", $"The mission declares no module {request.Declared}.");
        }

        if ((request.To ?? version.Previous) is not { } to)
        {
            return Refuse(writer, request, "nothing_to_roll_back", $"The mission has run module {version.Current} from the first: there is no version before it.");
        }

        if (to == version.Current)
        {
            return Refuse(writer, request, "module_unchanged", $"The mission runs module {to} already.");
        }

        var wait = modules.Holds(to) ? null : Compile(writer, request, to);
        if (!modules.Holds(to))
        {
            return wait;
        }

        string[] needed = [AbiExports.OnTask, AbiExports.OnTimer, AbiExports.OnDelta];
        if (needed.FirstOrDefault(name => modules[version.Current].Handlers.Contains(name) && !modules[to].Handlers.Contains(name)) is { } lacking)
        {
            return Refuse(writer, request, "handler_missing", $"Module {to} exports no {lacking}, which module {version.Current} does: tasks that wait could not go on in it.");
        }

        var reload = new ModuleReload(request.Declared, version.Current, to, request.Seq, null);
        var began = writer.Append(EntryBodies.ModuleReloadBegan(host, reload, state.Machine.Running(request.Declared)));
        state.BeginReload(reload, began.Header.TimeUs);
        _toSwap.Clear();
        _swapped = 0;
        HasNews = true;
        return null;
    }

    /// <summary>Has the new version compiled away from the writer section.</summary>
    /// <returns>When to ask again; null when it is held, or the request was refused.</returns>
    private TimeSpan? Compile(StreamWriter writer, ReloadRequest request, ModuleDigest to)
    {
        _compiling ??= modules.FindAsync(to, _stop.Token);
        if (!_compiling.IsCompleted)
        {
            // A mass reload must not keep a thousand writer sections turning.
            _poll = _poll * 2 < s_longestPoll ? _poll * 2 : s_longestPoll;
            return _poll;
        }

        var compiled = _compiling;
        (_compiling, _poll) = (null, s_shortestPoll);
        if (!compiled.IsCompletedSuccessfully)
        {
            var fault = compiled.Exception?.GetBaseException();
            if (fault is not ModuleRefusedException && ++_faults < MostFaults)
            {
                // The database is away, as a rule, or the machine too busy to compile: the mission's cells go on meanwhile.
                return s_faultPause;
            }

            return Refuse(writer, request, (fault as VoxeltronException)?.FaultCode ?? "module_unreadable", $"Module {to} cannot be run: {fault?.Message ?? "the host stops"}");
        }

        _faults = 0;
        if (compiled.Result is not { } held)
        {
            return Refuse(writer, request, "unknown_module", $"No registered module has digest {to}. Upload it first: POST /v1/modules?name=…");
        }

        modules.Hold(to, held);
        return null;
    }

    /// <returns>Null when the reload has ended.</returns>
    private TimeSpan? Swap(StreamWriter writer, ModuleReload reload)
    {
        for (var left = SwapsPerTurn; left > 0; left--)
        {
            if (writer.IsFull)
            {
                return TimeSpan.Zero;
            }

            if (NextToSwap() is not { } taskKey)
            {
                End(writer, reload);
                return null;
            }

            var code = !state.Machine.MayReplace(taskKey) ? AbortCodes.BudgetExhausted
                : execution.HasRoomToReplace(taskKey) ? execution.Replace(writer, taskKey, modules[reload.Target]) : TaskExecution.NoCapacity;
            if (code is null)
            {
                _swapped++;
                continue;
            }

            if (code == TaskExecution.NoCapacity)
            {
                // The process has no mapping or key left for one cell more; other cells' ends bring them back.
                _toSwap.Enqueue(taskKey);
                return s_longestPoll;
            }

            if (reload.FailedBy is null)
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
        while (true)
        {
            while (_toSwap.TryDequeue(out var taskKey))
            {
                // It may have ended meanwhile, or lost its cell.
                if (execution.IsLive(taskKey) && state.Machine.IsToBeReplaced(taskKey))
                {
                    return taskKey;
                }
            }

            execution.AddLive(_toSwap, state.Machine.IsToBeReplaced);
            if (_toSwap.Count == 0)
            {
                return null;
            }
        }
    }

    private void End(StreamWriter writer, ModuleReload reload)
    {
        if (reload.FailedBy is not null)
        {
            Restore(writer);
            return;
        }

        var entry = writer.Append(EntryBodies.ModuleReloaded(host, reload, _swapped));
        state.Machine.Apply(new MissionFact.Reloaded(entry.Header.TimeUs));
        Answered(reload.Declared, new ReloadAnswer(reload.RequestedSeq, "reloaded", null));
        modules.Keep(state.Machine.Modules.InUse);
    }

    private void Fail(StreamWriter writer, ModuleReload reload, string code)
    {
        var entry = writer.Append(EntryBodies.ModuleReloadFailed(host, reload, code));
        state.Machine.Apply(new MissionFact.ReloadFailed(code, entry.Header.TimeUs));
        _toSwap.Clear();
        _swapped = 0;
        HasNews = true;
    }

    private void Restore(StreamWriter writer)
    {
        var reload = state.Machine.Modules.Reload!;
        var entry = writer.Append(EntryBodies.ModuleRestored(host, reload, _swapped));
        state.Machine.Apply(new MissionFact.Restored(entry.Header.TimeUs));
        Answered(reload.Declared, new ReloadAnswer(reload.RequestedSeq, "restored", reload.FailedBy));
        modules.Keep(state.Machine.Modules.InUse);
    }

    /// <returns>Null.</returns>
    private TimeSpan? Refuse(StreamWriter writer, ReloadRequest request, string code, string reason)
    {
        writer.Append(Refusals.Intent(host, code, request.Intent, request.Seq, reason));
        state.RefuseReload(request.Seq);
        Answered(request.Declared, new ReloadAnswer(request.Seq, "refused", code));
        _faults = 0;
        return null;
    }

    private void Answered(ModuleDigest declared, ReloadAnswer answer)
    {
        _answers[declared] = answer;
        HasNews = true;
    }
}
