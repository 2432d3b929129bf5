using System.Net;
using Microsoft.Win32.SafeHandles;

namespace Voxeltron.Broker;

/// <summary>One network namespace. It belongs to one profile's digest for all its life: nothing of one profile is ever another's.</summary>
internal sealed class Space(int number, SafeFileHandle netns, IPAddress address, string link, SpaceTools tools, int ownSockets, HashSet<(IPAddress, int)> fixedPlaces)
{
    private readonly Lock _gate = new();
    private readonly HashSet<(IPAddress, int)> _reached = [];

    // Below, guarded by _gate.
    private long _generation;
    private object? _owner;
    private int _uses;
    private CancellationTokenSource? _ends;
    private Action? _drained;

    public int Number { get; } = number;

    public SafeFileHandle Netns { get; } = netns;

    public IPAddress Address { get; } = address;

    /// <summary>The machine's end.</summary>
    public string Link { get; } = link;

    public SpaceTools Tools { get; } = tools;

    /// <summary>Sockets the namespace had when it was made, ours: more than that means that somebody has one.</summary>
    public int OwnSockets { get; } = ownSockets;

    /// <summary>The places that stand in the rules already. Used on the connecting thread, and while nobody has the space.</summary>
    public HashSet<(IPAddress, int)> Reached => _reached;

    /// <summary>A connection was asked for in this generation. Else no socket was ever opened in it, and there is nothing to clean.</summary>
    public bool WasUsed { get; private set; }

    public bool IsFixed(IPAddress address, int port) => fixedPlaces.Contains((address, port));

    public void Begin(long generation, object owner)
    {
        lock (_gate)
        {
            (_generation, _owner, _uses, _ends, WasUsed) = (generation, owner, 0, new CancellationTokenSource(), false);
        }
    }

    /// <summary>Keeps the generation from being recycled under a connection that is being made.</summary>
    /// <param name="ends">Cancelled when the generation ends.</param>
    public bool TryUse(long generation, object owner, out CancellationToken ends)
    {
        lock (_gate)
        {
            var isCurrent = _generation == generation && ReferenceEquals(_owner, owner);
            ends = isCurrent ? _ends!.Token : default;
            _uses += isCurrent ? 1 : 0;
            WasUsed |= isCurrent;
            return isCurrent;
        }
    }

    public void EndUse()
    {
        Action? drained = null;
        lock (_gate)
        {
            if (--_uses == 0)
            {
                (drained, _drained) = (_drained, null);
            }
        }

        drained?.Invoke();
    }

    /// <summary>The generation is over for whoever asks from now on.</summary>
    /// <param name="drained">Called once, when nobody uses it any more.</param>
    /// <returns>False when it was over, or is not this owner's.</returns>
    public bool TryEnd(long generation, object owner, Action drained)
    {
        CancellationTokenSource ends;
        lock (_gate)
        {
            if (_generation != generation || !ReferenceEquals(_owner, owner))
            {
                return false;
            }

            ends = _ends!;
            (_generation, _owner, _ends) = (0, null, null);
            if (_uses > 0)
            {
                _drained = drained;
                drained = static () => { };
            }
        }

        ends.Cancel();
        ends.Dispose();
        drained();
        return true;
    }

    /// <summary>Ends whatever generation the owner has; anybody's when none is given: its profile is no longer good.</summary>
    public void TryEndOf(object? owner, Action drained)
    {
        (long Generation, object? Owner) now;
        lock (_gate)
        {
            now = (_generation, _owner);
        }

        if (now.Owner is { } found && (owner is null || ReferenceEquals(owner, found)))
        {
            TryEnd(now.Generation, found, drained);
        }
    }
}
