using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>The one door out of this host: network namespaces, and connections opened inside them by somebody who has the right to.</summary>
internal interface IEgressGate
{
    /// <summary>Why nothing can leave; null while it can.</summary>
    string? Closed { get; }

    /// <summary>Cells of the profile will boot soon: namespaces are made ready. Never waits.</summary>
    void Prepare(EgressCredential profile);

    /// <summary>A namespace that lies ready; null when none does. Never waits.</summary>
    // Hot path: per boot of a cell with egress; a few microseconds.
    IEgressSpace? TryTake(EgressCredential profile);

    /// <summary>One from further away, or made now; null when that took longer, or failed. Holds the thread for so long.</summary>
    /// <param name="wasReady">It lay ready in the broker's pool.</param>
    IEgressSpace? TakeNow(EgressCredential profile, TimeSpan patience, out bool wasReady);

    /// <exception cref="EgressException">None is to be had.</exception>
    Task<IEgressSpace> TakeAsync(EgressCredential profile, CancellationToken cancel);
}

/// <summary>A namespace nobody else has. Disposed, its connections die with it.</summary>
internal interface IEgressSpace : IDisposable
{
    /// <summary>It is gone, by no wish of its holder's.</summary>
    bool IsLost { get; }

    /// <exception cref="EgressException">By code.</exception>
    Task<EgressConnection> ConnectAsync(EgressUrl url, CancellationToken cancel);
}

/// <param name="Address">What the name came to.</param>
internal sealed record EgressConnection(Stream Stream, string Address);

/// <summary>No connection: a <see cref="BrokerCodes"/> and what it was about.</summary>
internal sealed class EgressException(string code, string reason, Exception? inner = null) : VoxeltronException(code, reason, inner);

/// <summary>The gate of a host that has none.</summary>
internal sealed class ClosedGate(string reason) : IEgressGate
{
    public string? Closed => reason;

    public void Prepare(EgressCredential profile)
    {
        // No cell of it will.
    }

    public IEgressSpace? TryTake(EgressCredential profile) => null;

    public IEgressSpace? TakeNow(EgressCredential profile, TimeSpan patience, out bool wasReady)
    {
        wasReady = false;
        return null;
    }

    public Task<IEgressSpace> TakeAsync(EgressCredential profile, CancellationToken cancel) => throw new EgressException(BrokerCodes.Away, reason);
}
