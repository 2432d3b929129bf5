using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;

namespace Voxeltron.CellWorker;

/// <summary>Writes down what a restart policy demands. When it is due, the machine says; a replay finds it nowhere else.</summary>
internal static class Incidents
{
    /// <summary>Behind an event's entry, or a new owner's first: nothing may come between.</summary>
    // Hot path: per action.
    public static void WriteDue(StreamWriter writer, HostId host, MissionState state)
    {
        while (state.Machine.DueIncident is { } due)
        {
            Write(writer, host, state, due);
        }
    }

    /// <summary>The mission ends, and no cell is left: what is open closes with it.</summary>
    public static void Finish(StreamWriter writer, HostId host, MissionState state)
    {
        while (state.Machine.EndingIncident is { } open)
        {
            Write(writer, host, state, open);
        }
    }

    private static void Write(StreamWriter writer, HostId host, MissionState state, Incident incident)
    {
        var entry = writer.Append(EntryBodies.OfIncident(host, incident));
        state.Noted(incident, entry.Header.Seq, entry.Header.TimeUs);
    }
}
