using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;

namespace Voxeltron.Execution;

// What became of tasks.
public sealed partial class MissionState
{
    public void Dispatched(string taskKey, int attempt, CellId cell, long seq, long timeUs) =>
        Machine.Apply(new MissionFact.TaskDispatched(taskKey, attempt, cell, seq, timeUs));

    /// <summary>A cell became ready; what its first event wrote is committed.</summary>
    public void Booted(long seq) => Store.Views.Committed(seq);

    /// <summary>An action that ended its task.</summary>
    public void Acted(string taskKey, int attempt, string outcome, string? code, long seq, long timeUs)
    {
        Store.Views.Committed(seq);
        if (outcome == Outcomes.Refused)
        {
            Fold(new MissionFact.TaskRefused(taskKey, attempt, code!, seq, timeUs));
            return;
        }

        _resultSeq[taskKey] = seq;
        Fold(new MissionFact.TaskCompleted(taskKey, attempt, seq, timeUs));
    }

    /// <summary>An action after which its task waits.</summary>
    /// <param name="delivered">What it consumed.</param>
    public void Waits(string taskKey, int attempt, in DeliveredEvent delivered, in NewTickets began, long nowUs, long seq, long timeUs)
    {
        if (delivered.IsTask)
        {
            Machine.Apply(new MissionFact.TaskWaits(taskKey, attempt, seq, timeUs));
        }
        else if (Machine.IsTried(taskKey))
        {
            Machine.Apply(new MissionFact.EventReturned(taskKey, attempt, timeUs));
        }

        var views = Store.Views;
        if (delivered.Subscription != 0)
        {
            views.Cursors.Delivered(views.Cursors.Find(taskKey, delivered.Subscription), delivered.To);
        }

        Timers.Acted(taskKey, delivered.Timer, began.Timers, nowUs);
        if (delivered.Reply != 0)
        {
            Requests.Consumed(taskKey, delivered.Reply);
            Gates.Told(taskKey, delivered.Reply);
        }

        for (var i = 0; i < began.Requests.Count; i++)
        {
            Timers.Took(taskKey, began.Requests[i].Ticket);
            Requests.Asked(taskKey, began.Requests[i], seq);
            if (IsMetered && began.Requests[i].Need is { IsZero: false } need)
            {
                Machine.Apply(new MissionFact.RequestBegan(taskKey, began.Requests[i].Ticket, need, began.Requests[i].Sent, timeUs));
            }
        }

        for (var i = 0; i < began.Subscribed.Count; i++)
        {
            Timers.Took(taskKey, began.Subscribed[i].Ticket);
            views.Follow(taskKey, began.Subscribed[i], seq);
        }

        for (var i = 0; i < began.Unsubscribed.Count; i++)
        {
            views.Unfollow(taskKey, began.Unsubscribed[i]);
        }

        // Last: whoever follows a view sees what the action that said so, or took the delivery, did to it.
        views.Committed(seq);
    }

    /// <param name="isClassed">The entry names the class of its fault. One of a build that did not know of restart policies counts for none, now as then.</param>
    public void Aborted(string taskKey, int attempt, string code, long seq, long timeUs, bool isClassed = true)
    {
        Disarm(taskKey);
        Fold(code == AbortCodes.FuelSlice ? new MissionFact.SliceBurnt(taskKey, attempt, seq, timeUs)
            : code == AbortCodes.BudgetExhausted ? new MissionFact.EventCut(taskKey, attempt, seq, timeUs)
            : new MissionFact.ActionAborted(taskKey, attempt, code, seq, timeUs, isClassed ? Faults.Of(code) : FaultClass.None));
    }

    /// <summary>An incident that was due was written.</summary>
    public void Noted(Incident incident, long seq, long timeUs) => Machine.Apply(
        incident.Resolution is null ? new MissionFact.IncidentOpened(incident.Profile, seq, timeUs) : new MissionFact.IncidentClosed(incident.Profile, timeUs));

    public void Failed(string taskKey, string code, long seq, long timeUs) =>
        Fold(new MissionFact.TaskFailed(taskKey, code, seq, timeUs));

    public void Skipped(string taskKey, string upstream, long seq, long timeUs) =>
        Fold(new MissionFact.TaskSkipped(taskKey, upstream, seq, timeUs));

    /// <summary>A fact that may end tasks: the shard of each that ended is dropped, and what it waited for, live as at recovery and in replay.</summary>
    private void Fold(MissionFact fact)
    {
        Machine.Apply(fact);
        foreach (var ended in Machine.DrainEnded())
        {
            Store.DropShard(ended);
            Timers.Ended(ended);
            Requests.Ended(ended);
            Gates.Ended(ended, fact.TimeUs);
            Disarm(ended);
            Store.Views.Cursors.Ended(ended);
        }
    }
}
