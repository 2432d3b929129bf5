using System.Collections.Concurrent;
using Voxeltron.Kernel;
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

    private static readonly TimeSpan s_lastWrite = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();

    // All guarded by _gate.
    private readonly Dictionary<StreamRef, MissionNews> _missions = [];
    private int _rows;
    private int _left = RowsPerRound;

    private readonly ConcurrentDictionary<MissionHealth, byte> _waiting = new();

    /// <summary>Nobody reads it.</summary>
    public static HealthBoard Off { get; } = new(null, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<HealthBoard>.Instance);

    /// <summary>Nobody is told anything.</summary>
    public bool IsOff => commands is null;

    /// <summary>Rows a mission may tell in this round.</summary>
    public int Claim(int wanted)
    {
        lock (_gate)
        {
            var granted = Math.Max(0, Math.Min(wanted, Math.Min(_left, (2 * RowsPerRound) - _rows)));
            _left -= granted;
            return granted;
        }
    }

    /// <summary>What was claimed and not told.</summary>
    public void Return(int rows)
    {
        lock (_gate)
        {
            _left += rows;
        }
    }

    public void Tell(StreamRef mission, CellHealthRow row) => Put(mission, row.TaskKey, row);

    public void TellGone(StreamRef mission, string taskKey) => Put(mission, taskKey, null);

    /// <summary>What was told of the mission's cells until now is over.</summary>
    /// <param name="ofOthers">Only by other hosts: it has a new owner here. Else it has ended.</param>
    public void Forget(StreamRef mission, bool ofOthers)
    {
        if (IsOff)
        {
            return;
        }

        lock (_gate)
        {
            var news = News(mission);
            _rows -= news.Cells.Count;
            news.Cells.Clear();
            news.ForgetsOthers |= ofOthers;
            news.ForgetsAll |= !ofOthers;
        }
    }

    /// <summary>The mission has something to tell, and shall have a turn in the next round to do so.</summary>
    public void Wait(MissionHealth mission) => _waiting.TryAdd(mission, 0);

    /// <summary>It is this host's no longer: what was not written is another's to say.</summary>
    public void Leave(MissionHealth health, StreamRef mission)
    {
        _waiting.TryRemove(health, out _);
        lock (_gate)
        {
            if (_missions.Remove(mission, out var news))
            {
                _rows -= news.Cells.Count;
            }
        }
    }

    public async Task RunAsync(HostId host, CancellationToken stopping)
    {
        if (commands is null)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, stopping);
            return;
        }

        try
        {
            // What missions left that ended while their host could not say so.
            await WriteAsync(() => commands.SweepAsync(stopping));
            using var timer = new PeriodicTimer(Period, clock);
            while (await timer.WaitForNextTickAsync(stopping))
            {
                await WriteAsync(host, commands, stopping);
                NextRound();
            }
        }
        finally
        {
            using var patience = new CancellationTokenSource(s_lastWrite, clock);
            await WriteAsync(host, commands, patience.Token);
        }
    }

    private void Put(StreamRef mission, string taskKey, CellHealthRow? row)
    {
        lock (_gate)
        {
            var cells = News(mission).Cells;
            _rows += cells.ContainsKey(taskKey) ? 0 : 1;
            cells[taskKey] = row;
        }
    }

    private MissionNews News(StreamRef mission)
    {
        if (!_missions.TryGetValue(mission, out var news))
        {
            _missions.Add(mission, news = new MissionNews());
        }

        return news;
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

    private async Task WriteAsync(HostId host, CellHealthCommands to, CancellationToken cancel)
    {
        Dictionary<StreamRef, MissionNews> taken;
        lock (_gate)
        {
            if (_missions.Count == 0)
            {
                return;
            }

            taken = new(_missions);
            _missions.Clear();
            _rows = 0;
        }

        if (!await WriteAsync(() => to.WriteAsync(Batch(host, taken), cancel)))
        {
            PutBack(taken);
        }
    }

    /// <summary>Telemetry must not end a host, whatever becomes of it.</summary>
    private async Task<bool> WriteAsync(Func<Task> write)
    {
        try
        {
            await write();
            return true;
        }
        catch (Exception fault)
        {
            LogAway(log, fault.Message);
            return false;
        }
    }

    private static CellHealthBatch Batch(HostId host, Dictionary<StreamRef, MissionNews> taken) => new(
        host,
        [.. taken.Where(static pair => pair.Value.ForgetsAll).Select(static pair => (pair.Key.Tenant, pair.Key.Stream.AsMission()))],
        [.. taken.Where(static pair => pair.Value.ForgetsOthers).Select(static pair => (pair.Key.Tenant, pair.Key.Stream.AsMission()))],
        [.. taken.SelectMany(static pair => pair.Value.Cells.Where(static cell => cell.Value is null).Select(cell => new CellGone(pair.Key.Tenant, pair.Key.Stream.AsMission(), cell.Key)))],
        [.. taken.SelectMany(static pair => pair.Value.Cells.Values).OfType<CellHealthRow>()]);

    /// <summary>What was told meanwhile is newer.</summary>
    private void PutBack(Dictionary<StreamRef, MissionNews> taken)
    {
        lock (_gate)
        {
            foreach (var (mission, old) in taken)
            {
                var news = News(mission);
                if (!news.ForgetsAll && !news.ForgetsOthers)
                {
                    foreach (var (taskKey, row) in old.Cells)
                    {
                        _rows += news.Cells.TryAdd(taskKey, row) ? 1 : 0;
                    }
                }

                news.ForgetsAll |= old.ForgetsAll;
                news.ForgetsOthers |= old.ForgetsOthers;
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The health of cells was not written: {Reason}. It is told again.")]
    private static partial void LogAway(ILogger log, string reason);

    /// <summary>Of one mission: by task key; null: the cell has ended.</summary>
    private sealed class MissionNews
    {
        public Dictionary<string, CellHealthRow?> Cells { get; } = new(StringComparer.Ordinal);

        public bool ForgetsAll { get; set; }

        public bool ForgetsOthers { get; set; }
    }
}
