using System.Text;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>What a task waits for, kept in a worker's order, and the next event that comes of it.</summary>
/// <param name="egress">What the cells may reach; null: nothing.</param>
internal sealed class FuzzWaits(MissionStore store, EgressProfile? egress = null)
{
    /// <summary>The key of the one task there is.</summary>
    public const string Task = "t/r-1";

    /// <summary>Grants one place, with little room.</summary>
    public static readonly EgressProfile Granted = new(
        "fuzz", new TenantId("acme"), long.MaxValue, 1, [new EgressGrant("a.example", [], [443, 8443], Plain: false)], new EgressLimits(TimeoutMs: 1_000, RequestBytes: 2_000, ResponseBytes: 10_000, Redirects: 2));

    private static readonly ModelGrant s_models = new(["small"], 100);

    private readonly Queue<CellTimer> _timers = [];
    private readonly Queue<(long Ticket, string Tag)> _requests = [];
    private ViewCursor? _told;
    private long _lastTicket;
    private long _seq;

    public MissionStore Store => store;

    /// <summary>Of the last event, or change from outside.</summary>
    public long Seq => _seq;

    public TicketState Tickets => new(_lastTicket, _timers.Count + _requests.Count);

    public EgressProfile? Egress => egress;

    /// <summary>Together with egress, so that half of what is granted is.</summary>
    public ModelGrant Models => egress is null ? ModelGrant.None : s_models;

    public IReadOnlyList<ViewCursor> Following => store.Views.Cursors.Of(Task);

    /// <summary>An event was committed: what it was told is done with, what it began is waited for, and its writes are told.</summary>
    public void Acted(ActionOutcome outcome)
    {
        _seq++;
        if (_told is not null)
        {
            store.Views.Cursors.Delivered(_told, _seq - 1);
            _told = null;
        }

        foreach (var timer in outcome.Timers)
        {
            _timers.Enqueue(timer);
            _lastTicket = Math.Max(_lastTicket, timer.Ticket);
        }

        foreach (var (ticket, tag) in outcome.Requests.Select(static one => (one.Ticket, one.Tag)).Concat(outcome.ModelCalls.Select(static one => (one.Ticket, one.Tag))))
        {
            _requests.Enqueue((ticket, tag));
            _lastTicket = Math.Max(_lastTicket, ticket);
        }

        foreach (var begun in outcome.Subscribed)
        {
            store.Views.Follow(Task, begun, _seq);
            _lastTicket = Math.Max(_lastTicket, begun.Ticket);
        }

        foreach (var ended in outcome.Unsubscribed)
        {
            store.Views.Unfollow(Task, ended);
        }

        store.Views.Committed(_seq);
    }

    /// <summary>Something that is not the cell's own changes the tables.</summary>
    public void Change(Action<Transaction> write)
    {
        var transaction = store.Begin();
        write(transaction);
        transaction.Commit();
        store.Views.Committed(++_seq);
    }

    public CellEvent Timer(CellTimer due) => Event(CellEventKind.Timer, $$"""{"event":"timer","tag":"{{due.Tag}}","ticket":{{due.Ticket}}}""");

    public bool TryTimer(out CellTimer due) => _timers.TryDequeue(out due);

    /// <summary>An answer with a body, or, of every third, why there is none.</summary>
    public bool TryReply(out CellEvent next)
    {
        next = default;
        if (!_requests.TryDequeue(out var asked))
        {
            return false;
        }

        next = asked.Ticket % 3 == 0
            ? Event(CellEventKind.Reply, $$"""{"code":"timeout","event":"reply","tag":"{{asked.Tag}}","ticket":{{asked.Ticket}}}""")
            : Event(CellEventKind.Reply, $$"""{"event":"reply","headers":[["a","b"]],"length":{{Body.Length}},"status":200,"tag":"{{asked.Tag}}","ticket":{{asked.Ticket}}}""") with { Input = Body };
        return true;
    }

    /// <summary>What there is to tell; false when there is nothing, or nothing is followed.</summary>
    public bool TryDelta(out CellEvent next)
    {
        next = default;
        if (!store.Views.Cursors.TryTakeReady(out var cursor))
        {
            return false;
        }

        _told = cursor;
        next = Event(CellEventKind.Delta, $$"""{"event":"delta","from":{{cursor.To}},"reset":false,"ticket":{{cursor.Ticket}},"to":{{_seq}},"view":"{{cursor.View}}"}""")
            with { Delta = store.Views.Deliver(cursor, _seq) };
        return true;
    }

    /// <summary>Of an answer.</summary>
    public static ReadOnlyMemory<byte> Body { get; } = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("body ", 100)));

    private static CellEvent Event(CellEventKind kind, string envelope) => new(kind, Encoding.UTF8.GetBytes(envelope), default, NowUs, new FixedSeed(Seed));
}
