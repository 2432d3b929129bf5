using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// A mission's cells all live with its owner, so who claims it decides where they go: a host with clearly fewer free places than
/// another leaves what it finds free to that one, for a moment. A hint, no lock: hosts say what they have once a second, and what
/// nobody took is taken by whoever looks.
/// </summary>
internal sealed class Placement(HostId host, HostCommands hosts, LeaseCommands leases, CellEngine engine, WarmBudget warm, TimeProvider clock)
{
    /// <summary>How long the other host gets: it is woken by the same notification.</summary>
    public static readonly TimeSpan Courtesy = TimeSpan.FromMilliseconds(200);

    /// <summary>Hosts that differ by less are equals: figures are up to a second old.</summary>
    private const double Clearly = 0.8;

    /// <summary>Fewer free places than this part of all are none to speak of: what counts then is how many cells can make room by hibernating.</summary>
    private const int FullPart = 16;

    private const int MostSeen = 1_024;

    // When each free stream was first seen, since this host began to hold back.
    private readonly Dictionary<StreamRef, long> _seen = [];

    /// <returns>Streams to leave to others now; none when no host has clearly more places.</returns>
    public async Task<IReadOnlyList<StreamRef>> LeaveAsync(CancellationToken cancel)
    {
        var (elsewhere, toHibernate) = await hosts.MostFreeElsewhereAsync(host, cancel);
        if (!IsClearlyMore(elsewhere, toHibernate))
        {
            _seen.Clear();
            return [];
        }

        var now = clock.GetTimestamp();
        var found = await leases.FreeMissionsAsync(MostSeen, cancel);
        foreach (var gone in _seen.Keys.Except(found).ToList())
        {
            _seen.Remove(gone);
        }

        foreach (var stream in found)
        {
            _seen.TryAdd(stream, now);
        }

        return [.. _seen.Where(pair => clock.GetElapsedTime(pair.Value, now) < Courtesy).Select(static pair => pair.Key)];
    }

    private bool IsClearlyMore(int free, int toHibernate)
    {
        var own = engine.HasCapacity ? engine.Options.MaxCells - engine.CellsLive : 0;
        var none = engine.Options.MaxCells / FullPart;
        return own > none || free > none ? free * Clearly > own : toHibernate * Clearly > warm.Left;
    }
}
