using System.Text;
using Voxeltron.Cells.Interop;
using Voxeltron.Cosmictron;

namespace Voxeltron.Cells;

/// <summary>
/// What a guest's imports act on: one per instance, reached through the store's data pointer. Between <see cref="Begin"/>
/// and <see cref="End"/> it holds one event; only while its handler runs is it active, so that <c>vx_alloc</c> or
/// <c>vx_abi_version</c> cannot touch state. One thread at a time, the one that delivers.
/// </summary>
internal sealed partial class HostScope
{
    private Transaction _transaction;
    private RandomStream? _random;
    private CellEventKind _kind;
    private bool _active;

    private List<CellLog>? _logs;
    private List<CellEmit>? _emits;
    private List<CellTimer>? _timers;
    private TicketState _tickets;
    private int _logBytes;
    private int _emitBytes;

    // Set once, on instantiation; the native handle stays valid as long as the store.
    public MemoryRef Memory { get; set; }

    public Exception? HostError { get; set; }

    /// <summary>What the guest called that it is not granted. It never runs again, so nobody clears this.</summary>
    public string? Breach { get; set; }

    /// <summary>What an injected slow host call does; null but for one.</summary>
    public Action? Stall { get; set; }

    public long NowUs { get; private set; }

    /// <summary>Null until the guest calls complete or fail.</summary>
    public TaskConclusion? Conclusion { get; private set; }

    public IReadOnlyList<CellLog> Logs => _logs ?? (IReadOnlyList<CellLog>)[];

    public IReadOnlyList<CellEmit> Emits => _emits ?? (IReadOnlyList<CellEmit>)[];

    public IReadOnlyList<CellTimer> Timers => _timers ?? (IReadOnlyList<CellTimer>)[];

    /// <summary>The task waits for something: returning does not end it.</summary>
    public bool IsWaiting => _tickets.Open > 0 || FollowedCount > 0;

    public void Begin(in CellEvent evt, Transaction transaction)
    {
        _transaction = transaction;
        _random = null;
        _seed = evt.RandomSeed;
        _kind = evt.Kind;
        NowUs = evt.NowUs;
        Conclusion = null;

        // Lists leave with the outcome, so they are made anew when first used.
        _logs = null;
        _emits = null;
        _timers = null;
        _tickets = evt.Tickets;
        _logBytes = 0;
        _emitBytes = 0;
        BeginViews(evt);
        BeginNetwork(evt);
        BeginGates(evt);
        BeginModels(evt);
        _program = null;
    }

    public void Activate() => _active = true;

    public void Deactivate() => _active = false;

    public void End()
    {
        _active = false;
        _transaction = default;
        CloseScans();
        EndViews();
        EndNetwork();
        _program = null;
    }

    public int Emit(GuestMemory memory, int namePointer, int nameLength, int valuePointer, int valueLength)
    {
        if (!memory.TrySlice(namePointer, nameLength, out var name) || !memory.TrySlice(valuePointer, valueLength, out var value))
        {
            return (int)StateStatus.BadMemory;
        }

        if (!_active)
        {
            return (int)StateStatus.NotActive;
        }

        if (!IsName(name, CellLimits.EmitNameLength, "-."u8))
        {
            return (int)StateStatus.BadArgument;
        }

        if (value.Length > CellLimits.EmitBytes)
        {
            return (int)StateStatus.TooLarge;
        }

        if ((_emits?.Count ?? 0) >= CellLimits.EmitCount || _emitBytes + value.Length > CellLimits.EmitBytes)
        {
            return (int)StateStatus.Limit;
        }

        _emitBytes += value.Length;
        (_emits ??= []).Add(new CellEmit(Encoding.ASCII.GetString(name), value.ToArray()));
        return (int)StateStatus.Ok;
    }

    public int Log(GuestMemory memory, int level, int pointer, int length)
    {
        if (!memory.TrySlice(pointer, length, out var text))
        {
            return (int)StateStatus.BadMemory;
        }

        if (!_active)
        {
            return (int)StateStatus.NotActive;
        }

        if (level is < (int)CellLogLevel.Error or > (int)CellLogLevel.Debug)
        {
            return (int)StateStatus.BadArgument;
        }

        if (text.Length > CellLimits.LogLineBytes)
        {
            return (int)StateStatus.TooLarge;
        }

        if ((_logs?.Count ?? 0) >= CellLimits.LogLines || _logBytes + text.Length > CellLimits.LogBytes)
        {
            return (int)StateStatus.Limit;
        }

        _logBytes += text.Length;
        (_logs ??= []).Add(new CellLog((CellLogLevel)level, Text(text)));
        return (int)StateStatus.Ok;
    }

    public int Complete(GuestMemory memory, int pointer, int length)
    {
        if (!memory.TrySlice(pointer, length, out var result))
        {
            return (int)StateStatus.BadMemory;
        }

        if (MayConclude() is var status && status != StateStatus.Ok)
        {
            return (int)status;
        }

        if (result.Length > CellLimits.ResultBytes)
        {
            return (int)StateStatus.TooLarge;
        }

        Conclusion = new TaskConclusion(null, null, result.ToArray());
        return (int)StateStatus.Ok;
    }

    public int Fail(GuestMemory memory, int codePointer, int codeLength, int messagePointer, int messageLength)
    {
        if (!memory.TrySlice(codePointer, codeLength, out var code) || !memory.TrySlice(messagePointer, messageLength, out var message))
        {
            return (int)StateStatus.BadMemory;
        }

        if (MayConclude() is var status && status != StateStatus.Ok)
        {
            return (int)status;
        }

        if (!IsName(code, CellLimits.FailCodeLength, []))
        {
            return (int)StateStatus.BadArgument;
        }

        if (message.Length > CellLimits.FailMessageBytes)
        {
            return (int)StateStatus.TooLarge;
        }

        Conclusion = new TaskConclusion(Encoding.ASCII.GetString(code), Text(message), []);
        return (int)StateStatus.Ok;
    }

    /// <returns>A ticket from 1, or a status.</returns>
    public long TimerBegin(GuestMemory memory, long delayUs, int tagPointer, int tagLength)
    {
        if (!memory.TrySlice(tagPointer, tagLength, out var tag))
        {
            return (long)StateStatus.BadMemory;
        }

        if (!IsInTask)
        {
            return (long)StateStatus.NotActive;
        }

        if (delayUs is < 0 or > CellLimits.LongestTimerUs || (!tag.IsEmpty && !IsName(tag, CellLimits.TagLength, "-."u8)))
        {
            return (long)StateStatus.BadArgument;
        }

        if (_tickets.Open >= CellLimits.OpenTickets || _tickets.Last == int.MaxValue)
        {
            return (long)StateStatus.Limit;
        }

        _tickets = new TicketState(_tickets.Last + 1, _tickets.Open + 1);
        (_timers ??= []).Add(new CellTimer(_tickets.Last, delayUs, Encoding.ASCII.GetString(tag)));
        return _tickets.Last;
    }

    /// <summary>A task's own events: the ones that may end it, or make it wait.</summary>
    private bool IsInTask => _active && (_kind is CellEventKind.Task or CellEventKind.Timer or CellEventKind.Delta or CellEventKind.Reply);

    private StateStatus MayConclude()
    {
        if (!IsInTask)
        {
            return StateStatus.NotActive;
        }

        return Conclusion is null ? StateStatus.Ok : StateStatus.BadArgument;
    }

    /// <summary>What an auditor's SQL can read: Postgres text holds no U+0000, and one such line would break a query over all others.</summary>
    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8).Replace('\0', '\uFFFD');

    private static bool IsName(ReadOnlySpan<byte> text, int maxLength, ReadOnlySpan<byte> alsoAllowed)
    {
        if (text.IsEmpty || text.Length > maxLength)
        {
            return false;
        }

        foreach (var character in text)
        {
            if (!char.IsAsciiLetterLower((char)character) && !char.IsAsciiDigit((char)character) && character != (byte)'_'
                && !alsoAllowed.Contains(character))
            {
                return false;
            }
        }

        return true;
    }
}
