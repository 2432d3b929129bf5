using System.Security.Cryptography;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Ninmu;

/// <summary>A checked spec. Immutable; its canonical bytes are the document, their digest its identity.</summary>
public sealed class MissionSpec
{
    /// <summary>The version documents are written in.</summary>
    public const string Version = "v1";

    /// <summary>What came before it, and is read as it was: its members, and no later ones.</summary>
    public const string Draft = "v0-draft";

    internal MissionSpec(
        byte[] canonical,
        string name,
        IReadOnlyDictionary<string, SpecInput> inputs,
        IReadOnlyList<SpecTable> tables,
        IReadOnlyList<SpecView> views,
        IReadOnlyDictionary<string, CellProfile> profiles,
        IReadOnlyDictionary<string, RestartPolicy> restarts,
        IReadOnlyDictionary<string, int> warm,
        IReadOnlySet<string> faulty,
        IReadOnlyDictionary<string, EgressCredential> egress,
        IReadOnlyList<SpecTask> tasks)
    {
        Canonical = canonical;
        Digest = Convert.ToHexStringLower(SHA256.HashData(canonical));
        Name = name;
        Inputs = inputs;
        Tables = tables;
        Views = views;
        Profiles = profiles;
        Restarts = restarts;
        Warm = warm;
        AllowsFaults = faulty;
        Egress = egress;
        Tasks = tasks;

        var modules = new List<ModuleDigest>();
        foreach (var task in tasks)
        {
            if (!modules.Contains(task.Module))
            {
                modules.Add(task.Module);
            }
        }

        ModuleDigests = modules;
    }

    /// <summary>RFC 8785 form of the document as it came: defaults are not written in.</summary>
    public ReadOnlyMemory<byte> Canonical { get; }

    /// <summary>SHA-256 of <see cref="Canonical"/>, 64 lower-case hex digits.</summary>
    public string Digest { get; }

    public string Name { get; }

    public IReadOnlyDictionary<string, SpecInput> Inputs { get; }

    public IReadOnlyList<SpecTable> Tables { get; }

    public IReadOnlyList<SpecView> Views { get; }

    /// <summary>By name; <c>default</c> is always there.</summary>
    public IReadOnlyDictionary<string, CellProfile> Profiles { get; }

    /// <summary>By profile, where the spec says one; elsewhere <see cref="RestartPolicy.Default"/> holds.</summary>
    public IReadOnlyDictionary<string, RestartPolicy> Restarts { get; }

    /// <summary>By profile, where the spec says one: instances to keep ready for each module that runs under it.</summary>
    public IReadOnlyDictionary<string, int> Warm { get; }

    /// <summary>Profiles in whose cells an operator may inject faults: none, unless the spec says so.</summary>
    public IReadOnlySet<string> AllowsFaults { get; }

    /// <summary>By profile, where the spec has one: what its cells may reach, with an operator's signature that nobody has checked yet.</summary>
    public IReadOnlyDictionary<string, EgressCredential> Egress { get; }

    public IReadOnlyList<SpecTask> Tasks { get; }

    /// <summary>Budget, deadline, rates and what a failure means.</summary>
    public SpecOptions Options { get; internal init; } = SpecOptions.Default;

    /// <summary>By name.</summary>
    public IReadOnlyDictionary<string, SpecGate> Gates { get; internal init; } = new Dictionary<string, SpecGate>();

    /// <summary>By profile, each of them: what its cells may ask models for. Null in a document of the draft, which knew no models.</summary>
    public IReadOnlyDictionary<string, ModelGrant>? Models { get; internal init; }

    /// <summary>Each module once, in order of first use.</summary>
    public IReadOnlyList<ModuleDigest> ModuleDigests { get; }

    /// <summary>The profile of that name.</summary>
    /// <exception cref="InvariantException">None is declared: the name did not come from this spec.</exception>
    public CellProfile Profile(string name) =>
        Profiles.TryGetValue(name, out var profile) ? profile : throw new InvariantException($"Mission '{Name}' declares no profile '{name}'.");

    /// <summary>Checks a document whole; every error is reported, not the first alone.</summary>
    public static SpecResult Parse(ReadOnlySpan<byte> json) => SpecParser.Parse(json);
}
