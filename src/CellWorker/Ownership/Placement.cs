using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.CellWorker;

/// <summary>
/// A mission's cells all live with its owner, so who claims it decides where they go: a host with clearly fewer free places than
/// another lets that one go first, for a moment. A hint, no lock: hosts say what they have once a second, and whoever is left claims.
/// </summary>
internal sealed class Placement(HostId host, HostCommands hosts, CellEngine engine, TimeProvider clock)
{
    /// <summary>How long the other host gets: it is woken by the same notification.</summary>
    public static readonly TimeSpan Courtesy = TimeSpan.FromMilliseconds(150);

    /// <summary>Hosts that differ by less are equals: figures are up to a second old.</summary>
    private const double Clearly = 0.8;

    private long _waitsSince;

    /// <summary>Whether missions are to be claimed now; if not, ask again after <see cref="Courtesy"/>.</summary>
    public async Task<bool> MayClaimAsync(CancellationToken cancel)
    {
        var waited = _waitsSince != 0 && clock.GetElapsedTime(_waitsSince) >= Courtesy;
        var free = engine.HasCapacity ? engine.Options.MaxCells - engine.CellsLive : 0;
        if (waited || await hosts.MostFreeElsewhereAsync(host, cancel) * Clearly <= free)
        {
            _waitsSince = 0;
            return true;
        }

        _waitsSince = _waitsSince == 0 ? clock.GetTimestamp() : _waitsSince;
        return false;
    }
}
