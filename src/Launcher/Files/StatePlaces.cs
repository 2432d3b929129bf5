namespace Voxeltron.Launcher;

/// <summary>
/// What of a state directory a worker needs. The names are those of src/Hosting/State/StatePaths.cs and scripts/lib/common.sh: change all three.
/// Everything else in it (the root's, the operator's, Api's and Sre's keys, the owner's and Api's passwords, the first API key, the database) is none of its business.
/// </summary>
internal sealed class StatePlaces(string root, string instance)
{
    public string Root { get; } = root;

    public string Config => In("config.json");

    /// <summary>Made empty by the launcher: where scripts find the worker, and the only thing in <c>run/</c> it may write.</summary>
    public string Address => In("run", instance + ".url");

    /// <summary>Where temporary files go: the spool's place is meant for what does not outlive the process.</summary>
    public string Temporary => In("spool");

    /// <summary>Directories of the worker's own.</summary>
    public IReadOnlyList<string> Own => [In("artifacts"), In("spool"), In("checkpoints")];

    /// <summary>Files of others in which it may look up something, and they stay theirs.</summary>
    public IReadOnlyList<string> Passed => [In("run"), In("keys"), In("secrets")];

    /// <summary>Secrets of the worker: it delegates host keys, signs checkpoints, and has its role in the database; the auditor's is for the replay that judges snapshots.</summary>
    public IReadOnlyList<string> Secrets => [In("keys", "ca.key"), In("keys", "log.key"), In("secrets", "pg_worker"), In("secrets", "pg_auditor")];

    /// <summary>Secrets of model providers: the worker's to read, file by file, and whoever puts one there later starts it again.</summary>
    public string ModelKeys => In("model-keys");

    /// <summary>Secret to nobody.</summary>
    public IReadOnlyList<string> Public => [Config, In("keys", "root.pub"), In("operators")];

    private string In(params string[] names) => Path.Combine([Root, .. names]);
}
