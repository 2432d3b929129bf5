using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

// Restart policies from the tasks' side: what faults and what comes back clean, and whose dispatch is held.
public sealed partial class MissionMachine
{
    // Profiles of tasks, in order of first use.
    private readonly List<TaskProfile> _profiles = [];

    // Those that are not closed, in the same order: none, nearly always.
    private readonly List<TaskProfile> _held = [];

    // Incidents that changed since the last drain, by the entry that opened each.
    private readonly SortedDictionary<long, Incident> _incidents = [];

    /// <summary>Some fault is remembered, or an incident is open: then <see cref="WriteRestarts"/> has something to say.</summary>
    public bool HasRestarts => _profiles.Exists(static profile => !profile.Restarts.IsQuiet);

    /// <summary>
    /// The incident whose opening or closing is the next entry: the fact just applied made it so, and nothing of its profile may be
    /// dispatched before. Null when there is none.
    /// </summary>
    public Incident? DueIncident
    {
        get
        {
            foreach (var profile in _held)
            {
                if (profile.Restarts.Due is { } due)
                {
                    return due;
                }
            }

            return null;
        }
    }

    /// <summary>An incident that is open although nothing is left to run: closed before the mission is.</summary>
    public Incident? EndingIncident => IsOver && _ended is null
        ? _held.Select(static profile => profile.Restarts.Open).FirstOrDefault(static open => open is not null) is { } open ? open with { Resolution = Incident.MissionEnded } : null
        : null;

    /// <summary>Whether the spec says a restart policy for the task's profile, and not the default holds.</summary>
    public bool DeclaresRestart(string taskKey) => _policies.ContainsKey(Find(taskKey).Plan.Spec.Profile.Name);

    /// <summary>The task is being tried: whether an event of it comes back clean decides its profile's incident.</summary>
    public bool IsTried(string taskKey) => _held.Count > 0 && Find(taskKey).Plan.Profile.Restarts.IsTried(taskKey);

    /// <summary>Latest state of every incident that changed since the last call, by the entry that opened it.</summary>
    public IReadOnlyList<Incident> DrainIncidents()
    {
        if (_incidents.Count == 0)
        {
            return [];
        }

        var changed = _incidents.Values.ToList();
        _incidents.Clear();
        return changed;
    }

    /// <summary>Profiles with something to remember, each by its name.</summary>
    public void WriteRestarts(BinaryWriter target)
    {
        var told = _profiles.FindAll(static profile => !profile.Restarts.IsQuiet);
        target.Write(told.Count);
        foreach (var profile in told)
        {
            target.Write(profile.Restarts.Profile);
            profile.Restarts.Write(target);
        }
    }

    /// <summary>Takes what <see cref="WriteRestarts"/> wrote, after <see cref="Read(BinaryReader)"/>.</summary>
    public void ReadRestarts(BinaryReader source)
    {
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var name = source.ReadString();
            var profile = _profiles.Find(profile => profile.Restarts.Profile == name) ?? throw new InvariantException($"A snapshot has restarts of profile '{name}', which no task has.");
            profile.Restarts.Read(source);
        }

        Hold();
    }

    private TaskProfile ProfileOf(CellProfile profile)
    {
        var known = _profiles.Find(known => known.Restarts.Profile == profile.Name);
        if (known is null)
        {
            known = new TaskProfile(new ProfileRestarts(profile.Name, _policies.GetValueOrDefault(profile.Name, RestartPolicy.Default)));
            _profiles.Add(known);
        }

        return known;
    }

    private void Faulted(TaskNode node, MissionFact.ActionAborted fact)
    {
        if (fact.Fault == FaultClass.None)
        {
            return;
        }

        var profile = node.Plan.Profile;
        profile.Restarts.Faulted(new FaultOrigin(node.Key, node.Cell!.Value, fact.Code, fact.Fault, fact.Seq), fact.TimeUs);
        Changed(profile);
        if (profile.Restarts.Open is { } open)
        {
            _incidents[open.OpenedSeq] = open;
        }
    }

    private void CameBack(TaskNode node)
    {
        if (_held.Count > 0)
        {
            node.Plan.Profile.Restarts.Returned(node.Key);
        }
    }

    private void Open(MissionFact.IncidentOpened fact)
    {
        var profile = FindProfile(fact.Profile);
        profile.Restarts.Opened(fact.Seq, fact.TimeUs);
        profile.IsDue = false;
        _incidents[fact.Seq] = profile.Restarts.Open!;
    }

    private void Close(MissionFact.IncidentClosed fact)
    {
        var profile = FindProfile(fact.Profile);
        var closed = profile.Restarts.Closed(IsOver, fact.TimeUs);
        _incidents[closed.OpenedSeq] = closed;
        Changed(profile);
        while (profile.Parked.TryDequeue(out var node, out var index))
        {
            Work++;
            _ready.Enqueue(node, index);
        }
    }

    private TaskProfile FindProfile(string name) =>
        _profiles.Find(profile => profile.Restarts.Profile == name) ?? throw new InvariantException($"No task has profile '{name}'.");

    private void Changed(TaskProfile profile)
    {
        profile.IsDue = false;
        if (profile.Restarts.IsClosed == _held.Contains(profile))
        {
            profile.Taken = null;
            Hold();
        }
    }

    private void Hold()
    {
        _held.Clear();
        _held.AddRange(_profiles.Where(static profile => !profile.Restarts.IsClosed));
    }

    private void ForgetRestarts()
    {
        foreach (var profile in _profiles)
        {
            profile.Restarts.Forget();
            profile.Parked.Clear();
            (profile.Taken, profile.IsDue) = (null, false);
        }

        _held.Clear();
        _incidents.Clear();
    }

    /// <summary>The earliest end of a hold that keeps a ready task, and that nobody has seen to be over.</summary>
    private long NextTryUs()
    {
        var wake = long.MaxValue;
        foreach (var profile in _held)
        {
            while (profile.Parked.TryPeek(out var node, out _) && (!node.IsStartable || node.Taken || node.Overdue))
            {
                profile.Parked.Dequeue().Queued = false;
                Work++;
            }

            if (profile.Parked.Count > 0 && profile.Taken is null && !profile.IsDue && profile.Restarts.Open is not null)
            {
                wake = Math.Min(wake, profile.Restarts.NextTryUs);
            }
        }

        return wake;
    }
}
