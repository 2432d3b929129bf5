using System.Globalization;
using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

public sealed partial class MissionReplay
{
    private void Dispatched(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        var taskKey = RecordedBodies.Text(body, "task");
        var input = InputReference.Read(body.GetProperty("input"));
        if (!Same(entry, "input", input.ToString(), InputOf(taskKey).ToString())
            || !Same(entry, "long", body.TryGetProperty("long", out _) ? "true" : "false", _state.Machine.Task(taskKey).IsLong ? "true" : "false"))
        {
            return;
        }

        _state.Apply(entry);
        Link(entry, entry.Body);
    }

    private void Booted(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        RequireKnownForm(entry, document.RootElement);
        var recorded = RecordedBodies.Boot(document.RootElement);
        if (recorded.Reason == BootReasons.Reload)
        {
            Replaced(entry, recorded);
            return;
        }

        if (!IsDispatched(entry, recorded.TaskKey, recorded.Attempt, recorded.Cell, out var task)
            || !Same(entry, "module", recorded.Module.Value, task.Module.Value)
            || !Same(entry, "profile", recorded.Profile, task.Profile.Name)
            || !Same(entry, "reason", recorded.Reason, BootReasons.Of(recorded.Attempt))
            || !CanBoot(entry, task.Module))
        {
            return;
        }

        if (TryBoot(entry, recorded, Boot(task, recorded.NowUs), task) is { } boot)
        {
            CompareBoot(entry, recorded, boot);
        }
    }

    /// <summary>Takes the cell that booted again among the live ones.</summary>
    /// <returns>Null when the report says why not.</returns>
    private BootAttempt? TryBoot(Entry entry, in BootRecord recorded, BootAttempt boot, TaskSnapshot task)
    {
        _report.FuelCompared &= recorded.Fingerprint == engine.Fingerprint;
        _report.Boots++;
        if (boot.Cell is null)
        {
            RequireMeaning(entry, boot.Outcome);
            Diverge(entry, "outcome", "ready", boot.Outcome.Code!);
            return null;
        }

        var live = new LiveCell(new CellDelivery(boot.Cell, mission, recorded.TaskKey, ItemKey(recorded.TaskKey), recorded.Attempt, task.IsLong), recorded.Cell) { Begun = _state.Timers.HasBegun(recorded.TaskKey) };
        if (!_cells.TryAdd(recorded.Cell, live))
        {
            live.Dispose();
            Diverge(entry, "cell", recorded.Cell.ToString(), "a cell of that id lives already");
            return null;
        }

        Count(boot.Outcome, boot.Writes);
        _state.Charge(recorded.TaskKey, recorded.Fuel, recorded.CellUs, isBoot: true, entry.Header.TimeUs);
        _state.Booted(entry.Header.Seq);
        return boot;
    }

    private void CompareBoot(Entry entry, BootRecord recorded, BootAttempt boot)
    {
        var replayed = recorded with { Fuel = FuelOf(boot.Outcome, recorded.Fuel), Writes = boot.Writes.Count };
        Compare(entry, ActionPayload.Write(boot.Outcome, boot.Writes, withResult: false), payload => EntryBodies.CellBooted(RecordedBodies.Host(entry.Header), replayed, payload));
    }

    private void Acted(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        var (taskKey, attempt, cell) = (RecordedBodies.Text(body, "task"), RecordedBodies.Attempt(body), RecordedBodies.Cell(body));
        if (!IsLive(entry, taskKey, attempt, cell, out var live) || !Same(entry, "actor", entry.Header.Actor, Actors.Cell(live.Id)))
        {
            return;
        }

        if (!TryDeliver(entry, body, live, out var delivered))
        {
            return;
        }

        var (outcome, writes, recorded) = delivered;
        _report.Actions++;
        if (outcome.Status == ActionStatus.Aborted)
        {
            RequireMeaning(entry, outcome);
            Diverge(entry, "outcome", RecordedBodies.Text(body, "outcome"), "aborted: " + outcome.Code);
            return;
        }

        Count(outcome, writes);
        var word = Outcomes.Of(outcome.Status);
        var replayed = recorded with { Outcome = word, Code = outcome.Code, Fuel = FuelOf(outcome, recorded.Fuel), Writes = writes.Count, Denied = Denied(outcome) };
        Compare(entry, ActionPayload.Write(outcome, writes, withResult: word != Outcomes.Waiting, _state.Store.Views), payload => EntryBodies.Action(replayed, payload));
        if (!_report.Clean)
        {
            return;
        }

        _state.Charge(taskKey, recorded.Fuel, recorded.CellUs, isBoot: false, entry.Header.TimeUs);
        if (word == Outcomes.Waiting)
        {
            live.Begun = true;
            _state.Waits(taskKey, attempt, recorded.Event, NewTickets.Of(outcome), recorded.NowUs, entry.Header.Seq, entry.Header.TimeUs);
            NoteAsked(taskKey, outcome, entry.Header.Seq);
            return;
        }

        live.Ended = word;
        _bytes.Add(entry.Header.Seq, outcome.Result);
        _state.Acted(taskKey, attempt, word, outcome.Code, entry.Header.Seq, entry.Header.TimeUs);
    }

    /// <summary>Gives the cell the recorded event again, if it is one that could have come now.</summary>
    private bool TryDeliver(Entry entry, JsonElement body, LiveCell live, out (ActionOutcome, WriteSet, ActionRecord) delivered)
    {
        delivered = default;
        var (nowUs, fuel, recorded) = (RecordedBodies.NowUs(body), body.GetProperty("fuel").GetInt64(), RecordedBodies.Event(body));
        if (!IsEventOf(entry, live, recorded))
        {
            return false;
        }

        if (live.Begun)
        {
            if (!TryRunEvent(entry, live, recorded, nowUs, out var told, out var outcome, out var writes))
            {
                return false;
            }

            delivered = (outcome, writes, new ActionRecord(live.Id, live.TaskKey, live.Attempt, InputReference.None, nowUs, "", null, fuel, 0, told, CellUs: RecordedBodies.CellUs(body)));
            return true;
        }

        var input = InputOf(live.TaskKey);
        if (!Same(entry, "input", InputReference.Read(body.GetProperty("input")).ToString(), input.ToString()) || !TryInput(entry, input, out var bytes))
        {
            return false;
        }

        var (first, rows) = Runner().RunTask(live.Delivery, bytes, nowUs);
        delivered = (first, rows, new ActionRecord(live.Id, live.TaskKey, live.Attempt, input, nowUs, "", null, fuel, 0, CellUs: RecordedBodies.CellUs(body)));
        return true;
    }

    /// <summary>The task has begun the timer, and its time had come.</summary>
    private bool IsDue(Entry entry, LiveCell live, long ticket, long nowUs)
    {
        var timer = _state.Timers.Find(live.TaskKey, ticket);
        return nowUs >= timer.DueUs || Same(entry, "timer", $"delivered at {Text(nowUs)} µs", $"due at {Text(timer.DueUs)} µs");
    }

    /// <summary>A task is given to its cell first, and then timers and changes of views only.</summary>
    private bool IsEventOf(Entry entry, LiveCell live, in DeliveredEvent recorded) =>
        live.Begun != recorded.IsTask || Same(entry, "event", recorded.Word, live.Begun ? "timer, delta or reply" : "task");

    /// <summary>Gives a cell whose task has begun the timer, or the change, that the record names, if it could have come now.</summary>
    /// <param name="told">What the event is, computed.</param>
    private bool TryRunEvent(Entry entry, LiveCell live, in DeliveredEvent recorded, long nowUs, out DeliveredEvent told, out ActionOutcome outcome, out WriteSet writes)
    {
        told = recorded;
        if (recorded.Timer != 0)
        {
            var isDue = IsDue(entry, live, recorded.Timer, nowUs);
            (outcome, writes) = isDue ? Runner().RunTimer(live.Delivery, _state.Timers.Find(live.TaskKey, recorded.Timer), nowUs) : (null!, WriteSet.Empty);
            return isDue;
        }

        if (recorded.Reply != 0)
        {
            return TryRunReply(entry, live, recorded.Reply, nowUs, out told, out outcome, out writes);
        }

        var views = _state.Store.Views;
        var cursor = views.Cursors.Find(live.TaskKey, recorded.Subscription);
        if (!cursor.HasPending)
        {
            (outcome, writes) = (null!, WriteSet.Empty);
            return Same(entry, "event", $"delta of subscription {Text(recorded.Subscription)}", "nothing it follows has changed");
        }

        // A delivery covers everything up to its own entry.
        var delta = views.Deliver(cursor, entry.Header.Seq - 1);
        told = DeliveredEvent.Of(delta);
        (outcome, writes) = Runner().RunDelta(live.Delivery, delta, nowUs);
        return true;
    }

    private void Aborted(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var recorded = RecordedBodies.Abort(document.RootElement);
        var atBoot = entry.Header.Kind == EntryKinds.CellBootFailed;
        var begun = !atBoot && _cells.TryGetValue(recorded.Cell, out var of) && of.Begun;
        if (recorded.OfReload)
        {
            ReplaceFailed(entry, recorded);
            return;
        }

        if (!Same(entry, "event", recorded.AtBoot ? "start" : "later", atBoot ? "start" : "later")
            || (!atBoot && begun == recorded.Event.IsTask && !Same(entry, "event", recorded.Event.Word, begun ? "timer, delta or reply" : "task")))
        {
            return;
        }

        // No cell.booted may have named the engine yet, or another host has taken over since the last.
        _report.FuelCompared &= !atBoot || recorded.Fingerprint == engine.Fingerprint;
        var told = recorded.Event;
        var outcome = atBoot ? BootAgain(entry, recorded) : RunAgain(entry, recorded, out told);
        if (!_report.Clean || _report.ErasedFrom is not null)
        {
            return;
        }

        if (outcome is null)
        {
            _report.NotRepeatable++;
            Link(entry, entry.Body);
        }
        else if (outcome.Status != ActionStatus.Aborted)
        {
            Diverge(entry, "outcome", "aborted: " + recorded.Code, outcome.Status.ToString());
        }
        else
        {
            RequireMeaning(entry, outcome);
            _report.Aborts++;
            var replayed = recorded with { Code = outcome.Code!, Fuel = FuelOf(outcome, recorded.Fuel), Event = told, ByView = outcome.ByView, Denied = Denied(outcome) };
            Link(entry, EntryBodies.Aborted(entry.Header.Kind, RecordedBodies.Host(entry.Header), replayed).Body);
        }

        if (_report.Clean)
        {
            if (_cells.TryGetValue(recorded.Cell, out var gone))
            {
                gone.Ended = "aborted";
            }

            _state.Apply(entry);
        }
    }

    private void Stopped(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var cell = RecordedBodies.Cell(document.RootElement);
        if (!_cells.TryGetValue(cell, out var live) || live.Ended is null)
        {
            Diverge(entry, "cell", cell.ToString(), "no cell of that id has ended");
            return;
        }

        Link(entry, EntryBodies.CellStopped(RecordedBodies.Host(entry.Header), live.Id, live.Ended).Body);
        _cells.Remove(cell);
        live.Dispose();
    }

    /// <returns>Null when the recorded abort was the host's and cannot be repeated, or when the report says why not.</returns>
    private ActionOutcome? BootAgain(Entry entry, in AbortRecord recorded)
    {
        if (!IsDispatched(entry, recorded.TaskKey, recorded.Attempt, recorded.Cell, out var task)
            || !Same(entry, "module", recorded.Module.Value, task.Module.Value)
            || !CanRepeat(recorded.Code)
            || !CanBoot(entry, task.Module))
        {
            return null;
        }

        var boot = Boot(task, recorded.NowUs);
        boot.Cell?.Dispose();
        return boot.Outcome;
    }

    /// <returns>As <see cref="BootAgain"/>.</returns>
    private ActionOutcome? RunAgain(Entry entry, in AbortRecord recorded, out DeliveredEvent told)
    {
        told = recorded.Event;
        if (!IsLive(entry, recorded.TaskKey, recorded.Attempt, recorded.Cell, out var live) || !CanRepeat(recorded.Code))
        {
            return null;
        }

        if (live.Begun)
        {
            return TryRunEvent(entry, live, recorded.Event, recorded.NowUs, out told, out var outcome, out _) ? outcome : null;
        }

        return TryInput(entry, InputOf(recorded.TaskKey), out var bytes)
            ? Runner().RunTask(live.Delivery, bytes, recorded.NowUs).Outcome
            : null;
    }

    /// <summary>The entry's cell is the one dispatched for this attempt, and the attempt is running.</summary>
    private bool IsDispatched(Entry entry, string taskKey, int attempt, CellId cell, out TaskSnapshot task)
    {
        task = _state.Machine.Task(taskKey);
        return Same(entry, "task", "running", task.Status)
            && Same(entry, "attempt", Text(attempt), Text(task.Attempt))
            && Same(entry, "cell", cell.ToString(), task.Cell.ToString()!);
    }

    /// <summary>The entry's cell is one booted for this task attempt, and its task has not ended.</summary>
    private bool IsLive(Entry entry, string taskKey, int attempt, CellId cell, out LiveCell live)
    {
        if (!_cells.TryGetValue(cell, out live!) || live.Ended is not null)
        {
            Diverge(entry, "cell", cell.ToString(), "no live cell of that id");
            return false;
        }

        return Same(entry, "task", taskKey, live.TaskKey)
            && Same(entry, "attempt", Text(attempt), Text(live.Attempt));
    }

    private bool CanBoot(Entry entry, ModuleDigest module)
    {
        if (_secretErased)
        {
            StopExecuting(entry, "the mission's secret is gone, from which every cell's random numbers come");
        }
        else if (modules.IsErased(module))
        {
            _report.Erased++;
            StopExecuting(entry, $"the bytes of module {module} are gone");
        }
        else
        {
            return true;
        }

        Link(entry, entry.Body);
        return false;
    }

    /// <summary>The input's bytes; if not, the report says whether they were erased or never stood there.</summary>
    private bool TryInput(Entry entry, InputReference input, out byte[] bytes)
    {
        bytes = [];
        if (input.Kind == InputKind.None || _bytes.TryGet(input.Seq, out bytes))
        {
            return true;
        }

        if (_erasedInputs.Contains(input.Seq))
        {
            StopExecuting(entry, $"its input, submitted at seq {input.Seq}, is gone");
            Link(entry, entry.Body);
        }
        else
        {
            Diverge(entry, "input", input.ToString(), $"seq {input.Seq} never held an input");
        }

        return false;
    }

    private InputReference InputOf(string taskKey)
    {
        var input = _state.Machine.InputOf(taskKey);
        return input.Kind switch
        {
            TaskInputKind.Item => new InputReference(InputKind.Item, input.Seq),
            TaskInputKind.Result => new InputReference(InputKind.Result, input.Seq),
            _ => InputReference.None,
        };
    }

    private BootAttempt Boot(TaskSnapshot task, long nowUs) => Runner().Boot(
        new BootRequest(modules.Get(task.Module), task.Cell!.Value, task.Profile, task.TaskKey, task.Attempt, Resume: task.Attempt > 1, nowUs, task.IsLong), new BootClock(clock));

    private void Count(ActionOutcome outcome, WriteSet writes)
    {
        _report.Writes += writes.Count;
        _report.Fuel += outcome.FuelUsed;
    }

    /// <summary>Fuel of another engine is not comparable; the recorded figure stands in, and the report says so.</summary>
    private long FuelOf(ActionOutcome outcome, long recorded) => _report.FuelCompared ? outcome.FuelUsed : recorded;

    private static int Denied(ActionOutcome outcome) => outcome.Denied.Sum(static denied => denied.Count);

    private CellRunner Runner() => _runner ??= new CellRunner(engine, _state);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string? ItemKey(string taskKey)
    {
        var slash = taskKey.IndexOf('/');
        return slash < 0 ? null : taskKey[(slash + 1)..];
    }
}
