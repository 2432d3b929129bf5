using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

/// <summary>
/// Which version runs of each module the spec declares: a pointer to the current one and one to the version before. A reload
/// moves the first when every cell has been replaced, so until then, and for ever if it fails, whatever begins runs the old one.
/// </summary>
/// <remarks>
/// By what is declared: two of them that meet in one version part again, each to its own version before. Changed by the
/// mission's facts alone, through <see cref="MissionMachine.Apply"/>.
/// </remarks>
public sealed class ModuleVersions
{
    // In the spec's order.
    private readonly List<ModuleVersion> _versions;

    internal ModuleVersions(IEnumerable<ModuleDigest> declared) => _versions = [.. declared.Select(static digest => new ModuleVersion(digest, digest, null))];

    /// <summary>One for each module the spec declares.</summary>
    public IReadOnlyList<ModuleVersion> All => _versions;

    /// <summary>The reload that goes on; null when there is none.</summary>
    public ModuleReload? Reload { get; private set; }

    /// <summary>A reload has begun once: from then on tasks may have run another version, whatever became of it.</summary>
    public bool HasReloaded { get; private set; }

    /// <summary>Everything a cell may be booted of: what runs, what comes, and what may run again.</summary>
    public IEnumerable<ModuleDigest> InUse => _versions
        .SelectMany(static version => version.Previous is { } previous ? [version.Current, previous] : (ModuleDigest[])[version.Current])
        .Concat(Reload is { } reload ? [reload.To] : [])
        .Distinct();

    /// <summary>Null when the spec declares no such module.</summary>
    public ModuleVersion? Find(ModuleDigest declared)
    {
        // A spec has a handful of modules.
        foreach (var version in _versions)
        {
            if (version.Declared == declared)
            {
                return version;
            }
        }

        return null;
    }

    /// <summary>What a cell of a task that declares this is booted of.</summary>
    public ModuleDigest Current(ModuleDigest declared) =>
        Find(declared)?.Current ?? throw new InvariantException($"The spec declares no module {declared}.");

    internal void Begin(MissionFact.ReloadBegan fact)
    {
        if (Reload is not null || fact.From == fact.To || Current(fact.Declared) != fact.From)
        {
            throw new InvariantException(
                $"A reload of {fact.Declared} from {fact.From} to {fact.To} cannot begin: {(Reload is not null ? "another goes on" : fact.From == fact.To ? "it is the same version" : $"version {Current(fact.Declared)} runs")}.");
        }

        HasReloaded = true;
        Reload = new ModuleReload(fact.Declared, fact.From, fact.To, fact.RequestedSeq, null);
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

        if (asAsked)
        {
            _versions[_versions.FindIndex(version => version.Declared == reload.Declared)] = new ModuleVersion(reload.Declared, reload.To, reload.From);
        }

        Reload = null;
    }

    internal void Write(BinaryWriter target)
    {
        target.Write(HasReloaded);
        foreach (var version in _versions)
        {
            target.Write(version.Current.Value);
            target.Write(version.Previous?.Value ?? "");
        }

        target.Write(Reload is not null);
        if (Reload is { } reload)
        {
            target.Write(reload.Declared.Value);
            target.Write(reload.From.Value);
            target.Write(reload.To.Value);
            target.Write(reload.RequestedSeq);
            target.Write(reload.FailedBy ?? "");
        }
    }

    internal void Read(BinaryReader source)
    {
        HasReloaded = source.ReadBoolean();
        for (var i = 0; i < _versions.Count; i++)
        {
            var (current, previous) = (new ModuleDigest(source.ReadString()), source.ReadString());
            _versions[i] = new ModuleVersion(_versions[i].Declared, current, previous.Length == 0 ? null : new ModuleDigest(previous));
        }

        Reload = null;
        if (source.ReadBoolean())
        {
            var (declared, from, to) = (new ModuleDigest(source.ReadString()), new ModuleDigest(source.ReadString()), new ModuleDigest(source.ReadString()));
            var (seq, failed) = (source.ReadInt64(), source.ReadString());
            Reload = new ModuleReload(declared, from, to, seq, failed.Length == 0 ? null : failed);
        }
    }
}

/// <param name="Declared">What the spec says.</param>
/// <param name="Current">What new cells run.</param>
/// <param name="Previous">What a rollback leads to; null before the first reload.</param>
public sealed record ModuleVersion(ModuleDigest Declared, ModuleDigest Current, ModuleDigest? Previous);

/// <summary>A reload between its beginning and its end.</summary>
/// <param name="Declared">Whose tasks it is about: what the spec says they run.</param>
/// <param name="RequestedSeq">The intent that asked for it.</param>
/// <param name="FailedBy">The code of what stopped it: cells go back; null while they go forward.</param>
public sealed record ModuleReload(ModuleDigest Declared, ModuleDigest From, ModuleDigest To, long RequestedSeq, string? FailedBy)
{
    /// <summary>What cells are replaced by.</summary>
    public ModuleDigest Target => FailedBy is null ? To : From;
}
