using Voxeltron.Cosmictron;

namespace Voxeltron.Cells;

/// <summary>View imports: memory is checked first, then the phase, then the views answer with their own status.</summary>
internal sealed partial class HostScope
{
    private IReadOnlyList<ViewCursor> _following = [];
    private ViewDelivery? _delta;
    private List<CellSubscription>? _subscribed;
    private List<long>? _unsubscribed;

    public IReadOnlyList<CellSubscription> Subscribed => _subscribed ?? (IReadOnlyList<CellSubscription>)[];

    public IReadOnlyList<long> Unsubscribed => _unsubscribed ?? (IReadOnlyList<long>)[];

    private int FollowedCount => _following.Count + (_subscribed?.Count ?? 0) - (_unsubscribed?.Count ?? 0);

    /// <summary>A handle as of a scan.</summary>
    public int ViewRead(GuestMemory memory, int viewPointer, int viewLength, int lowPointer, int lowLength, int highPointer, int highLength)
    {
        if (!memory.TrySlice(viewPointer, viewLength, out var view) || !memory.TrySlice(lowPointer, lowLength, out var low)
            || !memory.TrySlice(highPointer, highLength, out var high))
        {
            return (int)StateStatus.BadMemory;
        }

        var slot = FreeScan();
        return slot < 0 ? slot : Hold(slot, _transaction.Read(view, low, high, out var cursor), cursor);
    }

    /// <returns>A ticket from 1, or a status.</returns>
    public long Subscribe(GuestMemory memory, int viewPointer, int viewLength, int prefixPointer, int prefixLength)
    {
        if (!memory.TrySlice(viewPointer, viewLength, out var view) || !memory.TrySlice(prefixPointer, prefixLength, out var prefix))
        {
            return (long)StateStatus.BadMemory;
        }

        if (!IsInTask)
        {
            return (long)StateStatus.NotActive;
        }

        var status = _transaction.CheckFollow(view, prefix, out var name, out var canonical);
        if (status != StateStatus.Ok)
        {
            return (long)status;
        }

        if (FollowedCount >= CellLimits.Subscriptions || (_unsubscribed?.Count ?? 0) >= CellLimits.Subscriptions || _tickets.Last == int.MaxValue)
        {
            return (long)StateStatus.Limit;
        }

        _tickets = _tickets with { Last = _tickets.Last + 1 };
        (_subscribed ??= []).Add(new CellSubscription(_tickets.Last, name, canonical));
        return _tickets.Last;
    }

    public int Unsubscribe(int ticket)
    {
        if (!IsInTask)
        {
            return (int)StateStatus.NotActive;
        }

        if (!Follows(ticket) || _unsubscribed?.Contains(ticket) == true)
        {
            return (int)StateStatus.BadArgument;
        }

        (_unsubscribed ??= []).Add(ticket);
        return (int)StateStatus.Ok;
    }

    /// <summary>The delivery moves on only when the row was written whole.</summary>
    /// <param name="summed">Changed rows that were summed for this call.</param>
    public int DeltaNext(GuestMemory memory, int outPointer, int outCapacity, out int summed)
    {
        summed = 0;
        if (!memory.TrySlice(outPointer, outCapacity, out var output))
        {
            return (int)StateStatus.BadMemory;
        }

        if (!_active || _delta is null)
        {
            return (int)StateStatus.NotActive;
        }

        summed = _delta.Open();
        return CopyNext(_delta, output);
    }

    private bool Follows(long ticket)
    {
        for (var i = 0; i < _following.Count; i++)
        {
            if (_following[i].Ticket == ticket)
            {
                return true;
            }
        }

        return _subscribed?.Exists(begun => begun.Ticket == ticket) == true;
    }

    private void BeginViews(in CellEvent evt)
    {
        _following = evt.Following ?? [];
        _delta = evt.Delta;
        (_subscribed, _unsubscribed) = (null, null);
    }

    private void EndViews()
    {
        _following = [];
        _delta = null;
    }
}
