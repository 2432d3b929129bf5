using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Tells whoever is on call of a crash loop, when it begins and when it is over. Belongs to the writer section.</summary>
internal sealed partial class IncidentLog(MissionId mission, TaskExecution execution, ILogger log)
{
    // The stream's last seq when it was told last.
    private long _toldSeq;

    /// <summary>A new owner begins: what former ones told is not told again.</summary>
    public void Begin(long lastSeq) => _toldSeq = lastSeq;

    /// <param name="changed">Incidents that opened or closed since the last call.</param>
    public void Tell(IReadOnlyList<IncidentRow> changed, long lastSeq)
    {
        for (var i = 0; i < changed.Count; i++)
        {
            var incident = changed[i];
            if (incident.OpenedSeq > _toldSeq)
            {
                execution.CountIncident();
                LogOpened(log, mission.ToString(), incident.Profile, incident.Faults, incident.TaskKey, incident.Code, incident.HoldMs, incident.OpenedSeq);
            }

            if (incident.Resolution is { } resolution)
            {
                LogClosed(log, mission.ToString(), incident.Profile, resolution, incident.Faults, incident.Holds);
            }
        }

        _toldSeq = lastSeq;
    }

    [LoggerMessage(3, LogLevel.Warning, "{Mission}: cells of profile {Profile} crash in a loop, {Faults} faults, the last of task {Task} ({Code}). Nothing of the profile begins for {HoldMs} ms, then one task is tried. See GET /v1/missions/ID/incidents, opened at seq {Seq}.")]
    private static partial void LogOpened(ILogger log, string mission, string profile, int faults, string task, string code, long holdMs, long seq);

    [LoggerMessage(4, LogLevel.Information, "{Mission}: the crash loop of profile {Profile} is over ({Resolution}) after {Faults} faults and {Holds} holds.")]
    private static partial void LogClosed(ILogger log, string mission, string profile, string resolution, int faults, int holds);
}
