namespace Voxeltron.Replay;

/// <summary>What one task of a mission came to, as the record tells it. Payload parts as digests: a mission has many tasks.</summary>
internal sealed class TaskRun(string key)
{
    private readonly List<ActionRun> _actions = [];

    public string Key => key;

    /// <summary>SHA-256 of the input's bytes, hex; null when the input is another task's result, absent or erased.</summary>
    public string? Input { get; set; }

    /// <summary>Digest of the module that ran last.</summary>
    public string? Module { get; set; }

    /// <summary>Fingerprint of the engine that ran it last; fuel of two engines is not comparable.</summary>
    public string? Fingerprint { get; set; }

    /// <summary>completed, refused, returned, failed, skipped; null while it has not ended.</summary>
    public string? Outcome { get; set; }

    /// <summary>Code of a refusal, failure or skip.</summary>
    public string? Code { get; set; }

    /// <summary>Seq of the entry that ended it, or of the last one that named it.</summary>
    public long Seq { get; set; }

    /// <summary>Its actions in order; aborted attempts left nothing and are not among them.</summary>
    public IReadOnlyList<ActionRun> Actions => _actions;

    public void Add(ActionRun action) => _actions.Add(action);
}

/// <param name="Result">SHA-256 of the result as JSON, hex; null when the payload was erased. So are <paramref name="Writes"/> and <paramref name="Emits"/>.</param>
internal sealed record ActionRun(long Seq, string Event, string Outcome, string? Code, long Fuel, string? Result, string? Writes, string? Emits);
