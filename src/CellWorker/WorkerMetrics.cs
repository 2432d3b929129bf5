using System.Diagnostics.Metrics;

namespace Voxeltron.CellWorker;

/// <summary>What a worker host tells <c>/metrics</c>. Telemetry leaves before anything is durable and is marked so: evidence is the log.</summary>
internal sealed class WorkerMetrics : IDisposable
{
    public const string MeterName = "Voxeltron.CellWorker";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _commits;
    private readonly Counter<long> _entries;
    private readonly Counter<long> _fenced;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _journalAway;
    private readonly Counter<long> _boots;
    private readonly Counter<long> _actions;
    private readonly Counter<long> _snapshots;
    private readonly Counter<long> _modules;
    private readonly Counter<long> _incidents;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _denied;
    private readonly Histogram<double> _commitMs;
    private readonly Histogram<double> _bootUs;
    private readonly Counter<long> _modelCalls;
    private readonly Counter<long> _modelTokens;
    private int _missions;

    public WorkerMetrics()
    {
        _commits = _meter.CreateCounter<long>("voxeltron_commits_total", description: "Durable commits.");
        _entries = _meter.CreateCounter<long>("voxeltron_entries_total", description: "Durable entries.");
        _fenced = _meter.CreateCounter<long>("voxeltron_streams_fenced_total", description: "Streams lost to another host.");
        _failed = _meter.CreateCounter<long>("voxeltron_streams_failed_total", description: "Writer sections that ended by a fault; the log names the stream. It is claimed again after a growing pause.");
        _journalAway = _meter.CreateCounter<long>("voxeltron_journal_unavailable_total", description: "Commits that had to be sent again.");
        _boots = _meter.CreateCounter<long>("voxeltron_cell_boots_total", description: "Cells booted, by outcome.");
        _actions = _meter.CreateCounter<long>("voxeltron_actions_total", description: "Actions, by outcome.");
        _snapshots = _meter.CreateCounter<long>("voxeltron_snapshots_total", description: "Snapshots, by what became of them: taken, skipped (two were waiting to be stored), stored, reproduced, differs, unanswered, refused.");
        _modules = _meter.CreateCounter<long>("voxeltron_modules_loaded_total", description: "Modules made ready to boot, by how: mapped (from the store), compiled, refused (by the compiler or its limits).");
        _incidents = _meter.CreateCounter<long>("voxeltron_incidents_total", description: "Crash loops that opened an incident.");
        _requests = _meter.CreateCounter<long>("voxeltron_egress_requests_total", description: "Requests of cells that were answered, or came to nothing, by outcome.");
        _denied = _meter.CreateCounter<long>("voxeltron_calls_denied_total", description: "Calls of cells for what they are not granted, by code. A security counter.");
        _modelCalls = _meter.CreateCounter<long>("voxeltron_model_calls_total", description: "Tries of providers of models, by provider and outcome: replied, or the code of what went wrong.");
        _modelTokens = _meter.CreateCounter<long>("voxeltron_model_tokens_total", description: "Tokens of answered model calls, by provider and direction: in, out.");
        _commitMs = _meter.CreateHistogram<double>("voxeltron_commit_ms", "ms", "Assembling to durable.");
        _bootUs = _meter.CreateHistogram<double>("voxeltron_cell_boot_us", "us", "Boot begins to ready.");
        _meter.CreateObservableGauge("voxeltron_streams_owned", () => Volatile.Read(ref _missions), description: "Streams this host owns.");
    }

    /// <summary>What the process has left for cells, asked at each scrape.</summary>
    public void Watch(Func<Cells.CapacityReading> capacity, Func<int> tasksWaiting, WarmBudget warm)
    {
        _meter.CreateObservableGauge("voxeltron_cells_hibernated", () => warm.Asleep, description: "Cells that wait as images in the spool.");
        _meter.CreateObservableGauge("voxeltron_spool_bytes", () => warm.Spool?.UsedBytes ?? 0, "By", "What the images take on disk.");
        _meter.CreateObservableCounter("voxeltron_cells_woken_total", () => warm.Woken, description: "Cells that slept and were woken by an event.");
        _meter.CreateObservableCounter("voxeltron_images_lost_total", () => warm.Lost, description: "Images that could not be read back; each cost its cell a reboot.");
        _meter.CreateObservableGauge("voxeltron_cells_live", () => capacity().CellsLive, description: "Cells booted and not yet stopped.");
        _meter.CreateObservableGauge("voxeltron_cell_slots", () => capacity().Cells, description: "Cells there is a slot for.");
        _meter.CreateObservableGauge("voxeltron_mappings", () => capacity().Mappings, description: "Memory mappings of the process.");
        _meter.CreateObservableGauge("voxeltron_mappings_limit", () => capacity().MappingsLimit, description: "Mappings beyond which no cell is taken; 0: no limit.");
        _meter.CreateObservableGauge("voxeltron_memory_bytes", () => capacity().MemoryBytes, "By", "Resident memory of the process's own.");
        _meter.CreateObservableGauge("voxeltron_machine_free_bytes", () => capacity().MachineFreeBytes, "By", "What the machine could still give.");
        _meter.CreateObservableGauge("voxeltron_tasks_waiting", tasksWaiting, description: "Tasks that could begin and have no cell.");
    }

    /// <summary>What walls this process stands in; once, since none of them can be taken down.</summary>
    public void Stands(Walls walls) => _meter.CreateObservableGauge(
        "voxeltron_worker_walls",
        () => new Measurement<int>(
            walls.AreWhole ? 1 : 0,
            new("user", walls.User.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            new("no_new_privs", walls.NoNewPrivileges ? "yes" : "no"),
            new("seccomp", walls.Seccomp ? walls.AllowsTcp ? "tcp" : "yes" : "no"),
            new("capabilities", walls.Capabilities == 0 ? "none" : "some"),
            new("landlock", walls.Landlock.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            new("network", walls.Network)),
        description: "1: the worker runs as a user of its own, without capabilities, behind seccomp and Landlock, and reaches no server but the database; 0: the labels say what is missing.");

    public void Committed(int entries, int streams, TimeSpan elapsed)
    {
        _commits.Add(1);
        _entries.Add(entries);
        _commitMs.Record(elapsed.TotalMilliseconds);
    }

    public void Fenced() => _fenced.Add(1);

    public void StreamFailed() => _failed.Add(1);

    public void JournalAway() => _journalAway.Add(1);

    public void Booted(string outcome, long totalUs)
    {
        _boots.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        _bootUs.Record(totalUs);
    }

    public void Acted(string outcome, long count) => _actions.Add(count, new KeyValuePair<string, object?>("outcome", outcome));

    public void Snapshot(string what) => _snapshots.Add(1, new KeyValuePair<string, object?>("what", what));

    public void Requested(string outcome, long count = 1) => _requests.Add(count, new KeyValuePair<string, object?>("outcome", outcome));

    public void Denied(string code, long count) => _denied.Add(count, new KeyValuePair<string, object?>("code", code));

    public void ModelTried(string provider, string outcome) => _modelCalls.Add(1, new("provider", provider), new("outcome", outcome));

    public void ModelTokens(string provider, long tokensIn, long tokensOut)
    {
        _modelTokens.Add(tokensIn, new("provider", provider), new("direction", "in"));
        _modelTokens.Add(tokensOut, new("provider", provider), new("direction", "out"));
    }

    public void IncidentOpened() => _incidents.Add(1);

    public void ModuleLoaded(string how) => _modules.Add(1, new KeyValuePair<string, object?>("how", how));

    public void Owns(int streams) => Volatile.Write(ref _missions, streams);

    public void Dispose() => _meter.Dispose();
}
