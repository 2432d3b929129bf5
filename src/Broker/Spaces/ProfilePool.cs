using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>One profile the broker knows, and its namespaces. The <see cref="SpaceKeeper"/>'s lock guards all that changes.</summary>
internal sealed class ProfilePool(string digest, EgressProfile profile, int target)
{
    public string Digest { get; } = digest;

    public EgressProfile Profile { get; } = profile;

    /// <summary>Nobody has them.</summary>
    public Queue<Space> Ready { get; } = new();

    public HashSet<Space> Taken { get; } = [];

    public int Making { get; set; }

    /// <summary>How many shall be ready.</summary>
    public int Target { get; set; } = target;

    /// <summary>Connections that declared it; nobody: none need be ready.</summary>
    public int Declared { get; set; }

    public long LastMissMs { get; set; }

    /// <summary>The kernel refused the last one: no other is tried before then.</summary>
    public long RetryAtMs { get; set; }

    /// <summary>Written once, read by anyone.</summary>
    public volatile bool IsRevoked;

    /// <summary>Nobody used it, and nothing of it is left; declared again, it is another pool. Likewise.</summary>
    public volatile bool IsGone;
}
