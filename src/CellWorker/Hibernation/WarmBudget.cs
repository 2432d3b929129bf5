using System.Collections.Concurrent;
using Voxeltron.Cells;
using Voxeltron.Hosting;

namespace Voxeltron.CellWorker;

/// <summary>
/// Which cells sleep. A host keeps as many warm as its budget says; beyond it, or when somebody waits for a slot, those that have waited
/// longest are put away. A mission's cells belong to its writer section, so this only asks: the section does it in its next turn.
/// </summary>
/// <remarks>Thread-safe. Nothing of it is in the log: a cell that slept does what it would have done, and replay knows no difference.</remarks>
/// <param name="spool">Null: every cell stays warm.</param>
/// <param name="warmCells">Cells kept warm.</param>
/// <param name="mostAsleep">Beyond this cells stay warm: each takes a key and its task's part of memory.</param>
internal sealed partial class WarmBudget(CellEngine engine, Spool? spool, int warmCells, int mostAsleep, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    /// <summary>Asked for at once when somebody lacks a slot: what a mission does in one turn.</summary>
    public const int SleepsPerTurn = 64;

    /// <summary>The part of a host's slots that is left to cells.</summary>
    private const int SparePart = 4;

    private readonly ConcurrentDictionary<MissionWarmth, byte> _missions = new();
    private int _lacking;
    private long _lost;
    private long _woken;

    public Spool? Spool => spool;

    /// <summary>Cells that sleep.</summary>
    public int Asleep => spool?.Images ?? 0;

    /// <summary>Images that could not be read back since the process began; each cost its cell a reboot.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    public long Woken => Interlocked.Read(ref _woken);

    /// <summary>A cell that waits could be put away for one that begins.</summary>
    public bool CanMakeRoom => engine.HasSuccession && MayPutAway(forWake: false) && _missions.Any(static mission => mission.Key.Idle > 0);

    /// <summary>Slots are free that nobody will miss soon: an instance may be made before anybody asks for it.</summary>
    public bool HasSpare => engine.HasCapacity && engine.CellsLive < warmCells - (warmCells / SparePart);

    /// <summary>Cells that could sleep besides.</summary>
    public int Left => spool is null ? 0 : Math.Max(0, mostAsleep - Asleep);

    /// <summary>
    /// Another cell may be put away: for one that begins as long as the limit of sleepers and most of the spool are not used; for one that
    /// wakes always, since it gives back what it had there. Were both alike, a host full of sleepers could wake none of them.
    /// </summary>
    public bool MayPutAway(bool forWake) => spool is not null && (forWake || (Left > 0 && spool.HasHeadroom));

    public static WarmBudget Of(CellEngine engine, FabricState state, WorkerOptions options, TimeProvider clock, ILogger<WarmBudget> log)
    {
        if (options.SpoolMib == 0 || options.HibernatedCells == 0)
        {
            return Off(engine);
        }

        if (!engine.CanCapture)
        {
            LogCannotCapture(log);
            return Off(engine);
        }

        try
        {
            var warm = options.WarmCells == 0 ? options.CellCapacity : Math.Min(options.WarmCells, options.CellCapacity);
            return new WarmBudget(engine, Spool.Open(state.Paths.Spool, options.SpoolMib * 1024L * 1024), warm, options.HibernatedCells, clock);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            LogNoSpool(log, state.Paths.Spool, refused.Message);
            return Off(engine);
        }
    }

    /// <summary>Every cell stays warm.</summary>
    public static WarmBudget Off(CellEngine engine) => new(engine, null, engine.Options.MaxCells, 0, TimeProvider.System);

    public void Enter(MissionWarmth mission) => _missions.TryAdd(mission, 0);

    public void Leave(MissionWarmth mission) => _missions.TryRemove(mission, out _);

    /// <summary>A cell cannot begin or wake for want of a slot, and its own mission has none to spare.</summary>
    public void Lack() => Volatile.Write(ref _lacking, 1);

    public void WokeCell() => Interlocked.Increment(ref _woken);

    public void LostImage() => Interlocked.Increment(ref _lost);

    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Period, clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            Look();
        }
    }

    /// <summary>Asks the missions whose cells have waited longest for what is too much.</summary>
    public void Look()
    {
        var lacking = Interlocked.Exchange(ref _lacking, 0) == 1;
        var excess = Math.Max(engine.CellsLive - warmCells, lacking ? SleepsPerTurn : 0);
        // Without a spool there are still instances nobody has taken.
        // A host short of memory puts nobody to sleep: what a slot holds it keeps.
        if (excess <= 0 || !engine.HasSuccession || (spool is not null && !MayPutAway(forWake: false)))
        {
            return;
        }

        // Not Keys: that copies them all, under every lock of the table.
        foreach (var mission in _missions.Select(static pair => pair.Key).Where(static mission => mission.Idle > 0).OrderBy(static mission => mission.IdleSince))
        {
            excess -= mission.Ask(excess);
            if (excess <= 0)
            {
                return;
            }
        }
    }

    public void Dispose() => spool?.Dispose();

    [LoggerMessage(1, LogLevel.Warning, "Cells will not hibernate: this process cannot see which pages of its memory are its own (/proc/self/pagemap).")]
    private static partial void LogCannotCapture(ILogger log);

    [LoggerMessage(2, LogLevel.Warning, "Cells will not hibernate: {Directory} takes no file: {Reason}. Give the worker that directory, or set worker.spool_mib to 0.")]
    private static partial void LogNoSpool(ILogger log, string directory, string reason);
}

/// <summary>What the host knows of a mission's cells that wait, and what it asks of it.</summary>
internal sealed class MissionWarmth
{
    private int _idle;
    private long _idleSince;
    private int _asked;

    /// <summary>Gives the writer section a turn.</summary>
    public Action Wake { get; set; } = static () => { };

    /// <summary>Warm cells that wait and could be put away.</summary>
    public int Idle => Volatile.Read(ref _idle);

    /// <summary>A timestamp: the one that has waited longest has since then.</summary>
    public long IdleSince => Volatile.Read(ref _idleSince);

    /// <summary>Cells to put away, as asked.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <returns>How many it was asked for.</returns>
    public int Ask(int cells)
    {
        var asked = Math.Min(cells, Idle);
        if (asked > 0)
        {
            Volatile.Write(ref _asked, asked);
            Wake();
        }

        return asked;
    }

    /// <summary>By the writer section, after each of its turns.</summary>
    public void Tell(int idle, long idleSince)
    {
        Volatile.Write(ref _idleSince, idleSince);
        Volatile.Write(ref _idle, idle);
    }

    /// <summary>By the writer section: that many fewer are asked for; what is left of it may be none's any more.</summary>
    public void Done(int cells, bool all)
    {
        if (all)
        {
            Volatile.Write(ref _asked, 0);
        }
        else
        {
            Interlocked.Add(ref _asked, -cells);
        }
    }
}
