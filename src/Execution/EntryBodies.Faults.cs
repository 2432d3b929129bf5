using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

// Faults: crash loops, and what operators inject (ADR 18).
public static partial class EntryBodies
{
    /// <summary>A crash loop that is to be written: its opening, or, when it has a resolution, its closing.</summary>
    public static EntryDraft OfIncident(HostId host, Incident incident)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        if (incident.Resolution is { } resolution)
        {
            json.Name("faults").Integer(incident.Faults);
            json.Name("holds").Integer(incident.Holds);
            json.Name("opened_seq").Integer(incident.OpenedSeq);
            json.Name("profile").String(incident.Profile);
            json.Name("resolution").String(resolution);
            if (incident.ClosedBy is { } task)
            {
                json.Name("task").String(task);
            }

            return Close(json, EntryKinds.IncidentClosed, Actors.Host(host), null);
        }

        var newest = incident.Newest;
        json.Name("cell").String(newest.Cell.ToString());
        json.Name("code").String(newest.Code);
        json.Name("fault").String(newest.Fault.Word()!);
        json.Name("fault_seq").Integer(newest.Seq);
        json.Name("faults").Integer(incident.Faults);
        json.Name("hold_ms").Integer(incident.Policy.HoldMs);
        json.Name("intensity").Integer(incident.Policy.Intensity);
        json.Name("period_ms").Integer(incident.Policy.PeriodMs);
        json.Name("profile").String(incident.Profile);
        json.Name("task").String(newest.TaskKey);
        return Close(json, EntryKinds.IncidentOpened, Actors.Host(host), null);
    }

    /// <summary>A fault is about to happen: written before it does.</summary>
    public static EntryDraft FaultInjected(HostId host, InjectedTarget injected)
    {
        var request = injected.Request;
        var json = JcsWriter.Rent();
        json.BeginObject();
        if (request.CallerKey is { } key)
        {
            json.Name("caller").BeginObject();
            json.Name("key").String(key);
            if (request.CallerRole is { } role)
            {
                json.Name("role").String(role);
            }

            json.EndObject();
        }

        json.Name("cell").String(injected.Cell.ToString());
        json.Name("does").String(request.Fault.Deed());
        json.Name("fault").String(request.Fault.Word());
        json.Name("profile").String(injected.Profile);
        json.Name("requested_seq").Integer(request.Seq);
        json.Name("task").String(injected.TaskKey);
        return Close(json, EntryKinds.FaultInjected, Actors.Host(host), null);
    }
}
