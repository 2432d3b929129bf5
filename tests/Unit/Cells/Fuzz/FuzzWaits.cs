using System.Text;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>What a task waits for, kept in a worker's order, and the next event that comes of it.</summary>
internal sealed class FuzzWaits(MissionStore store)
{
    /// <summary>The key of the one task there is.</summary>
    public const string Task = "t/r-1";

    private readonly Queue<CellTimer> _timers = [];
    private ViewCursor? _told;
    private long _lastTicket;
    private long _seq;

    public MissionStore Store => store;

    /// <summary>Of the last event, or change from outside.</summary>
    public long Seq => _seq;

    public TicketState Tickets => new(_lastTicket, _timers.Count);

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
            _lastTicket = timer.Ticket;
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

    private static CellEvent Event(CellEventKind kind, string envelope) => new(kind, Encoding.UTF8.GetBytes(envelope), default, NowUs, new FixedSeed(Seed));
}
