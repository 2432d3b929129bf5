using System.Collections.Concurrent;
using Npgsql;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// What is told of a host's cells, gathered and written down every two seconds. A round takes so many rows and no more: a host whose
/// cells all act at once tells of each less often instead of spending its core on telling. A cell that does nothing costs nothing.
/// </summary>
/// <remarks>Thread-safe. Nothing depends on it: while the database is away the newest of each cell is kept, and old ones are lost with the host.</remarks>
internal sealed partial class HealthBoard(CellHealthCommands? commands, TimeProvider clock, ILogger<HealthBoard> log)
{
    /// <summary>Rows of one round: a thousand a second are about one per cent of a core.</summary>
    public const int RowsPerRound = 2_000;

    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();

    // All guarded by _gate. Null: the cell has ended.
    private readonly Dictionary<(StreamRef Mission, string TaskKey), CellHealthRow?> _rows = [];
    private readonly HashSet<StreamRef> _forgotten = [];
    private readonly ConcurrentDictionary<MissionHealth, byte> _waiting = new();
    private int _left = RowsPerRound;

    /// <summary>Nobody reads it.</summary>
    public static HealthBoard Off { get; } = new(null, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<HealthBoard>.Instance);

    /// <summary>Nobody is told anything.</summary>
    public bool IsOff => commands is null;

    /// <summary>Rows a mission may tell in this round.</summary>
    public int Claim(int wanted)
    {
        lock (_gate)
        {
            var granted = Math.Min(wanted, Math.Min(_left, (2 * RowsPerRound) - _rows.Count));
            granted = Math.Max(0, granted);
            _left -= granted;
            return granted;
        }
    }

    public void Tell(StreamRef mission, CellHealthRow row)
    {
        lock (_gate)
        {
            _rows[(mission, row.TaskKey)] = row;
        }
    }

    public void TellGone(StreamRef mission, string taskKey)
    {
        lock (_gate)
        {
            _rows[(mission, taskKey)] = null;
        }
    }

    /// <summary>What was told of the mission's cells until now is over: it has a new owner here, or has ended.</summary>
    public void Forget(StreamRef mission)
    {
        lock (_gate)
        {
            _forgotten.Add(mission);
            foreach (var key in _rows.Keys.Where(key => key.Mission == mission).ToList())
            {
                _rows.Remove(key);
            }
        }
    }

    /// <summary>The mission has something to tell, and shall have a turn in the next round to do so.</summary>
    public void Wait(MissionHealth mission) => _waiting.TryAdd(mission, 0);

    public void Leave(MissionHealth mission) => _waiting.TryRemove(mission, out _);

    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Period, clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            if (commands is not null)
            {
                await WriteAsync(commands, stopping);
            }

            NextRound();
        }
    }

    private void NextRound()
    {
        lock (_gate)
        {
            _left = RowsPerRound;
        }

        foreach (var (mission, _) in _waiting)
        {
            _waiting.TryRemove(mission, out _);
            mission.Wake();
        }
    }

    private async Task WriteAsync(CellHealthCommands to, CancellationToken cancel)
    {
        List<KeyValuePair<(StreamRef Mission, string TaskKey), CellHealthRow?>> taken;
        List<StreamRef> forgotten;
        lock (_gate)
        {
            if (_rows.Count == 0 && _forgotten.Count == 0)
            {
                return;
            }

            taken = [.. _rows];
            forgotten = [.. _forgotten];
            _rows.Clear();
            _forgotten.Clear();
        }

        try
        {
            await to.WriteAsync(
                [.. forgotten.Select(static mission => (mission.Tenant, mission.Stream.AsMission()))],
                [.. taken.Where(static told => told.Value is null).Select(static told => new CellGone(told.Key.Mission.Tenant, told.Key.Mission.Stream.AsMission(), told.Key.TaskKey))],
                [.. taken.Select(static told => told.Value).OfType<CellHealthRow>()],
                cancel);
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException)
        {
            LogAway(log, away.Message);
            PutBack(taken, forgotten);
        }
    }

    /// <summary>What was told meanwhile is newer.</summary>
    private void PutBack(List<KeyValuePair<(StreamRef Mission, string TaskKey), CellHealthRow?>> taken, List<StreamRef> forgotten)
    {
        lock (_gate)
        {
            var since = _forgotten.ToHashSet();
            _forgotten.UnionWith(forgotten);
            foreach (var (key, row) in taken)
            {
                if (!since.Contains(key.Mission))
                {
                    _rows.TryAdd(key, row);
                }
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The health of cells was not written: {Reason}. It is told again.")]
    private static partial void LogAway(ILogger log, string reason);
}
