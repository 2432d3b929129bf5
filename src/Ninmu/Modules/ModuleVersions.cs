using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

/// <summary>
/// Which version runs of each module the spec declares: a pointer to the current one and one to the version before. A reload
/// moves the first when every cell has been replaced, so until then, and for ever if it fails, whatever begins runs the old one.
/// </summary>
/// <remarks>Changed by the mission's facts alone, through <see cref="MissionMachine.Apply"/>.</remarks>
public sealed class ModuleVersions
{
    // In the spec's order; by what is declared, so that two tasks whose modules meet in one version can part again.
    private readonly List<ModuleVersion> _versions;

    internal ModuleVersions(IEnumerable<ModuleDigest> declared) => _versions = [.. declared.Select(static digest => new ModuleVersion(digest, digest, null))];

    /// <summary>One for each module the spec declares.</summary>
    public IReadOnlyList<ModuleVersion> All => _versions;

    /// <summary>The reload that goes on; null when there is none.</summary>
    public ModuleReload? Reload { get; private set; }

    /// <summary>Whether anything differs from what the spec declares.</summary>
    public bool HasChanged => Reload is not null || _versions.Exists(static version => version.Previous is not null);

    /// <summary>Everything a cell may be booted of: what runs, and what may run again.</summary>
    public IEnumerable<ModuleDigest> InUse => _versions
        .SelectMany(static version => version.Previous is { } previous ? [version.Current, previous] : (ModuleDigest[])[version.Current])
        .Distinct();

    /// <summary>What a cell of a task that declares this is booted of.</summary>
    public ModuleDigest Current(ModuleDigest declared) => Find(declared).Current;

    /// <summary>Whether some task's current version is this one.</summary>
    public bool IsCurrent(ModuleDigest module) => _versions.Exists(version => version.Current == module);

    /// <summary>What to go back to from a version that runs; null where nothing was kept.</summary>
    public ModuleDigest? Previous(ModuleDigest current) => _versions.Find(version => version.Current == current && version.Previous is not null)?.Previous;

    /// <summary>Whether the reload that goes on is of this declared module.</summary>
    internal bool Concerns(ModuleDigest declared) => Reload is { } reload && Find(declared).Current == reload.From;

    internal void Begin(ModuleDigest from, ModuleDigest to, long requestedSeq)
    {
        if (Reload is not null || from == to || !IsCurrent(from))
        {
            throw new InvariantException($"A reload from {from} to {to} cannot begin: {(Reload is not null ? "another goes on" : from == to ? "it is the same module" : "nothing runs it")}.");
        }

        Reload = new ModuleReload(from, to, requestedSeq, null);
    }

    internal void Fail(string code)
    {
        if (Reload is not { FailedBy: null } reload)
        {
            throw new InvariantException("No reload goes on that could fail.");
        }

        Reload = reload with { FailedBy = code };
    }

    /// <param name="asAsked">It led to the new version; else back to the old one.</param>
    internal void End(bool asAsked)
    {
        if (Reload is not { } reload || asAsked != (reload.FailedBy is null))
        {
            throw new InvariantException($"A reload cannot end {(asAsked ? "as asked" : "as it began")}: {(Reload is null ? "none goes on" : "it " + (asAsked ? "has failed" : "has not failed"))}.");
        }

        for (var i = 0; i < _versions.Count && asAsked; i++)
        {
            if (_versions[i].Current == reload.From)
            {
                _versions[i] = _versions[i] with { Current = reload.To, Previous = reload.From };
            }
        }

        Reload = null;
    }

    internal void Write(BinaryWriter target)
    {
        foreach (var version in _versions)
        {
            target.Write(version.Current.Value);
            target.Write(version.Previous?.Value ?? "");
        }

        target.Write(Reload is not null);
        if (Reload is { } reload)
        {
            target.Write(reload.From.Value);
            target.Write(reload.To.Value);
            target.Write(reload.RequestedSeq);
            target.Write(reload.FailedBy ?? "");
        }
    }

    internal void Read(BinaryReader source)
    {
        for (var i = 0; i < _versions.Count; i++)
        {
            var (current, previous) = (new ModuleDigest(source.ReadString()), source.ReadString());
            _versions[i] = new ModuleVersion(_versions[i].Declared, current, previous.Length == 0 ? null : new ModuleDigest(previous));
        }

        Reload = null;
        if (source.ReadBoolean())
        {
            var (from, to, seq, failed) = (new ModuleDigest(source.ReadString()), new ModuleDigest(source.ReadString()), source.ReadInt64(), source.ReadString());
            Reload = new ModuleReload(from, to, seq, failed.Length == 0 ? null : failed);
        }
    }

    private ModuleVersion Find(ModuleDigest declared)
    {
        // A spec has a handful of modules.
        foreach (var version in _versions)
        {
            if (version.Declared == declared)
            {
                return version;
            }
        }

        throw new InvariantException($"The spec declares no module {declared}.");
    }
}

/// <param name="Declared">What the spec says.</param>
/// <param name="Current">What new cells run.</param>
/// <param name="Previous">What a rollback leads to; null before the first reload.</param>
public sealed record ModuleVersion(ModuleDigest Declared, ModuleDigest Current, ModuleDigest? Previous);

/// <summary>A reload between its beginning and its end.</summary>
/// <param name="RequestedSeq">The intent that asked for it.</param>
/// <param name="FailedBy">The code of what stopped it: cells go back; null while they go forward.</param>
public sealed record ModuleReload(ModuleDigest From, ModuleDigest To, long RequestedSeq, string? FailedBy)
{
    /// <summary>What cells are replaced by.</summary>
    public ModuleDigest Target => FailedBy is null ? To : From;
}
