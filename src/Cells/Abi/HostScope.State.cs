using Voxeltron.Cosmictron;

namespace Voxeltron.Cells;

/// <summary>State imports: memory is checked first, then the phase, then the store answers with its own status.</summary>
internal sealed partial class HostScope
{
    private readonly IRowCursor?[] _scans = new IRowCursor?[CellLimits.OpenScans];
    private ISeedSource? _seed;

    public int StateGet(
        GuestMemory memory, int tablePointer, int tableLength, int keyPointer, int keyLength, int outPointer, int outCapacity)
    {
        if (!memory.TrySlice(tablePointer, tableLength, out var table) || !memory.TrySlice(keyPointer, keyLength, out var key)
            || !memory.TrySlice(outPointer, outCapacity, out var output))
        {
            return (int)StateStatus.BadMemory;
        }

        if (!_active)
        {
            return (int)StateStatus.NotActive;
        }

        var status = _transaction.Get(table, key, out var row);
        return status == StateStatus.Ok ? CopyWhole(row, output) : (int)status;
    }

    public int StatePut(GuestMemory memory, int tablePointer, int tableLength, int rowPointer, int rowLength, out StateWork work)
    {
        work = default;
        if (!memory.TrySlice(tablePointer, tableLength, out var table) || !memory.TrySlice(rowPointer, rowLength, out var row))
        {
            return (int)StateStatus.BadMemory;
        }

        return _active ? (int)_transaction.Put(table, row, out work) : (int)StateStatus.NotActive;
    }

    public int StateDelete(GuestMemory memory, int tablePointer, int tableLength, int keyPointer, int keyLength, out StateWork work)
    {
        work = default;
        if (!memory.TrySlice(tablePointer, tableLength, out var table) || !memory.TrySlice(keyPointer, keyLength, out var key))
        {
            return (int)StateStatus.BadMemory;
        }

        return _active ? (int)_transaction.Delete(table, key, out work) : (int)StateStatus.NotActive;
    }

    /// <summary>A handle from 1; each holds a cursor until it is closed or the event ends.</summary>
    public int StateScan(GuestMemory memory, int tablePointer, int tableLength, int prefixPointer, int prefixLength)
    {
        if (!memory.TrySlice(tablePointer, tableLength, out var table) || !memory.TrySlice(prefixPointer, prefixLength, out var prefix))
        {
            return (int)StateStatus.BadMemory;
        }

        var slot = FreeScan();
        return slot < 0 ? slot : Hold(slot, _transaction.Scan(table, prefix, out var cursor), cursor);
    }

    /// <summary>The cursor moves only when the row was written whole.</summary>
    public int ScanNext(GuestMemory memory, int handle, int outPointer, int outCapacity)
    {
        if (!memory.TrySlice(outPointer, outCapacity, out var output))
        {
            return (int)StateStatus.BadMemory;
        }

        if (!_active)
        {
            return (int)StateStatus.NotActive;
        }

        if (!TryScan(handle, out var cursor))
        {
            return (int)StateStatus.BadArgument;
        }

        return CopyNext(cursor, output);
    }

    public int ScanClose(int handle)
    {
        if (!_active)
        {
            return (int)StateStatus.NotActive;
        }

        if (!TryScan(handle, out _))
        {
            return (int)StateStatus.BadArgument;
        }

        _scans[handle - 1] = null;
        return (int)StateStatus.Ok;
    }

    public int Random(GuestMemory memory, int pointer, int length)
    {
        if (!memory.TrySlice(pointer, length, out var output))
        {
            return (int)StateStatus.BadMemory;
        }

        if (!_active)
        {
            return (int)StateStatus.NotActive;
        }

        if (output.Length > CellLimits.RandomBytesPerCall)
        {
            return (int)StateStatus.TooLarge;
        }

        (_random ??= new RandomStream(_seed!.Seed())).Fill(output);
        return (int)StateStatus.Ok;
    }

    /// <returns>Where a cursor can be held, or a status.</returns>
    private int FreeScan()
    {
        var slot = Array.IndexOf(_scans, null);
        return !_active ? (int)StateStatus.NotActive : slot < 0 ? (int)StateStatus.Limit : slot;
    }

    /// <returns>The cursor's handle, or why there is none.</returns>
    private int Hold(int slot, StateStatus status, IRowCursor? cursor)
    {
        if (status != StateStatus.Ok)
        {
            return (int)status;
        }

        _scans[slot] = cursor;
        return slot + 1;
    }

    private void CloseScans() => Array.Clear(_scans);

    private bool TryScan(int handle, out IRowCursor cursor)
    {
        cursor = (uint)(handle - 1) < (uint)_scans.Length ? _scans[handle - 1]! : null!;
        return cursor is not null;
    }

    private static int CopyNext(IRowCursor cursor, Span<byte> output)
    {
        if (!cursor.TryPeek(out var row))
        {
            return 0;
        }

        var length = CopyWhole(row, output);
        if (length <= output.Length)
        {
            cursor.Advance();
        }

        return length;
    }

    private static int CopyWhole(ReadOnlySpan<byte> row, Span<byte> output)
    {
        if (row.Length <= output.Length)
        {
            row.CopyTo(output);
        }

        return row.Length;
    }
}
