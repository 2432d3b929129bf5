using System.Text.Json;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

// What a mission costs, and what people say about its going on.
internal sealed partial class MissionHandler
{
    private readonly WarmMeter _warm = new(clock);

    private string? AcceptControl(Entry entry)
    {
        var timeUs = entry.Header.TimeUs;
        switch (entry.Header.Kind)
        {
            case EntryKinds.BudgetTopUpRequested:
                using (var body = JsonDocument.Parse(entry.Body.Utf8))
                {
                    var refusal = state.TopUp(body.RootElement, timeUs);
                    if (refusal is null)
                    {
                        execution.Paid();
                    }

                    return refusal;
                }

            case EntryKinds.TaskRetryRequested:
                return state.TryAgain(IntentFields.Text(entry, "task"), entry.Header.Seq, timeUs);
            default:
                return state.Pause(entry.Header.Kind == EntryKinds.MissionPauseRequested, timeUs);
        }
    }

    private void Write(StreamWriter writer, Decision.Warn warn)
    {
        var entry = writer.Append(EntryBodies.BudgetWarned(host, state.Machine.Budget!, warn.Dimension));
        state.Warned(warn.Dimension, entry.Header.TimeUs);
        LogWarned(log, state.Mission.ToString(), warn.Dimension.Word(), state.Machine.Budget!.SoftPercent);
    }

    private void Write(StreamWriter writer, Decision.Exhaust exhaust)
    {
        var entry = writer.Append(EntryBodies.BudgetExhausted(host, state.Machine.Budget!, exhaust.Dimension, exhaust.Need));
        state.Exhausted(exhaust.Dimension, exhaust.Need, entry.Header.TimeUs);
        StopIfStopped(writer);
        if (state.Machine.IsSuspended)
        {
            execution.Cool(writer);
        }

        LogExhausted(log, state.Mission.ToString(), exhaust.Dimension.Word(), state.Machine.Budget!.OnBudget.Word());
    }

    /// <summary>Whatever waits has ended with the mission: its cells stop.</summary>
    private void StopIfStopped(StreamWriter writer)
    {
        if (state.Machine.StopCode is { } code)
        {
            execution.StopAll(writer, code);
        }
    }

    /// <summary>Counts the memory that is kept warm, and writes what was counted when it is time.</summary>
    /// <returns>When to look again; null when nothing will be due.</returns>
    private TimeSpan? Meter(StreamWriter writer, bool atEnd = false)
    {
        if (state.Finished || state.Machine.Budget is not { } budget)
        {
            return null;
        }

        _warm.Look(() => execution.WarmKib);
        if ((atEnd ? _warm.CountedMibMs > 0 : _warm.IsDue(budget)) && _warm.CountedMibMs is var counted and > 0)
        {
            var entry = writer.Append(EntryBodies.BudgetMetered(host, counted));
            state.Metered(counted, entry.Header.TimeUs);
            _warm.Written(counted);
            _seq = writer.LastSeq;
        }

        if (!MayWarm)
        {
            execution.Cool(writer);
            _warm.Look(() => execution.WarmKib, always: true);
        }

        return _warm.Next(budget);
    }

    /// <summary>The budget still pays for what waits.</summary>
    private bool MayWarm => state.Machine.Budget is not { } budget || (!state.Machine.IsSuspended && budget.Left(BudgetDimension.WarmMibMs) > 0);

    [LoggerMessage(3, LogLevel.Warning, "{Mission} has spent {Percent} % of its {Dimension}.")]
    private static partial void LogWarned(ILogger log, string mission, string dimension, int percent);

    [LoggerMessage(4, LogLevel.Warning, "{Mission} has used up its {Dimension} (onBudget: {OnBudget}). A top-up lets it go on.")]
    private static partial void LogExhausted(ILogger log, string mission, string dimension, string onBudget);
}
