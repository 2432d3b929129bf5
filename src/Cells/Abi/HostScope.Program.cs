using System.Buffers.Binary;

namespace Voxeltron.Cells;

/// <summary>
/// What the imports of WASI preview 1 act on while a program runs. Memory is checked first, then the descriptor. Every pointer of
/// a call is looked at before anything is done, so that <c>EFAULT</c> means that nothing happened.
/// </summary>
internal sealed partial class HostScope
{
    /// <summary>As many buffers as one read or write may name: IOV_MAX of ordinary systems.</summary>
    public const int MostBuffers = 1024;

    private ProgramStreams? _program;

    /// <summary>Whether the event is the run of a program.</summary>
    public bool IsProgram => _program is not null;

    public bool IsLogFull => (_logs?.Count ?? 0) >= CellLimits.LogLines;

    public void BeginProgram(in CellEvent evt)
    {
        _program = new ProgramStreams(evt);
        Activate();
    }

    /// <summary>Turns how <c>_start</c> ended into what the task has come to. An exit unwinds by a trap of the host's own: no fault.</summary>
    /// <param name="fault">What ended the call; null when it returned.</param>
    public GuestFault? EndProgram(GuestFault? fault)
    {
        var program = _program!;
        program.EndError(this);
        Deactivate();
        if (HostError is not null || (fault is not null && program.ExitCode is null))
        {
            return fault;
        }

        var code = program.ExitCode ?? 0;
        if (Conclusion is not null)
        {
            return code == 0 ? null : new GuestFault(AbortCodes.NonzeroReturn, $"The program ended with exit code {code} after it had concluded its task.");
        }

        Conclusion = code == 0
            ? new TaskConclusion(null, null, program.Result())
            : new TaskConclusion($"exit_{code}", $"The program ended with exit code {code}.", []);
        return null;
    }

    /// <summary>One line of standard error.</summary>
    /// <returns>False beyond what an event may log; a program cannot be told.</returns>
    public bool TryErrorLine(ReadOnlySpan<byte> line)
    {
        if (IsLogFull || _logBytes + line.Length > CellLimits.LogBytes)
        {
            return false;
        }

        _logBytes += line.Length;
        (_logs ??= []).Add(new CellLog(CellLogLevel.Warning, Text(line)));
        return true;
    }

    /// <summary>Only a program imports proc_exit, so one is running.</summary>
    public void Exit(uint code) => _program!.ExitCode = code;

    public WasiErrno ArgsSizesGet(GuestMemory memory, int countPointer, int bytesPointer) =>
        _program is null ? WasiErrno.NoSys : WriteTwo(memory, countPointer, 2, bytesPointer, _program.Arguments.Length);

    public WasiErrno ArgsGet(GuestMemory memory, int pointersPointer, int textPointer)
    {
        if (_program is null)
        {
            return WasiErrno.NoSys;
        }

        if (!memory.TrySlice(pointersPointer, 2 * sizeof(int), out var pointers) || !memory.TrySlice(textPointer, _program.Arguments.Length, out var text))
        {
            return WasiErrno.Fault;
        }

        BinaryPrimitives.WriteInt32LittleEndian(pointers, textPointer);
        BinaryPrimitives.WriteInt32LittleEndian(pointers[sizeof(int)..], textPointer + ProgramStreams.SecondArgument);
        _program.Arguments.CopyTo(text);
        return WasiErrno.Success;
    }

    public static WasiErrno EnvironSizesGet(GuestMemory memory, int countPointer, int bytesPointer) => WriteTwo(memory, countPointer, 0, bytesPointer, 0);

    /// <summary>Realtime and monotonic are the event's fixed time; a cell has no processor time it could be shown.</summary>
    public WasiErrno Clock(GuestMemory memory, int clock, int pointer, bool isResolution)
    {
        const long nanosecondsPerMicrosecond = 1000;
        if (!memory.TrySlice(pointer, sizeof(long), out var output))
        {
            return WasiErrno.Fault;
        }

        if (clock is not (0 or 1))
        {
            return WasiErrno.Inval;
        }

        BinaryPrimitives.WriteInt64LittleEndian(output, isResolution ? nanosecondsPerMicrosecond : NowUs * nanosecondsPerMicrosecond);
        return WasiErrno.Success;
    }

    public WasiErrno FdClose(int descriptor)
    {
        if (_program?.IsOpen(descriptor) != true)
        {
            return WasiErrno.BadF;
        }

        _program.Close(descriptor);
        return WasiErrno.Success;
    }

    public WasiErrno FdSeek(int descriptor) => _program?.IsOpen(descriptor) == true ? WasiErrno.SPipe : WasiErrno.BadF;

    /// <summary>A stream of unknown type, as pipes are elsewhere: libraries buffer it whole instead of by lines.</summary>
    public WasiErrno FdFdstatGet(GuestMemory memory, int descriptor, int pointer)
    {
        const int bytes = 24;
        const int rightsAt = 8;
        const long mayRead = 1 << 1;
        const long mayWrite = 1 << 6;
        if (!memory.TrySlice(pointer, bytes, out var output))
        {
            return WasiErrno.Fault;
        }

        if (_program?.IsOpen(descriptor) != true)
        {
            return WasiErrno.BadF;
        }

        output.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(output[rightsAt..], descriptor == ProgramStreams.Input ? mayRead : mayWrite);
        return WasiErrno.Success;
    }

    public WasiErrno FdRead(in HostCall call, int descriptor, int buffersPointer, int buffers, int countPointer)
    {
        var memory = call.Memory;
        Span<Buffer> list = stackalloc Buffer[Math.Clamp(buffers, 0, MostBuffers)];
        if (TryBuffers(memory, buffersPointer, buffers, list, out var total) is var status && status != WasiErrno.Success)
        {
            return status;
        }

        if (!memory.TrySlice(countPointer, sizeof(int), out var count))
        {
            return WasiErrno.Fault;
        }

        if (descriptor != ProgramStreams.Input || _program?.IsOpen(descriptor) != true)
        {
            return WasiErrno.BadF;
        }

        if (!call.TryChargeBytes((int)Math.Min(total, _program.Unread)))
        {
            return WasiErrno.OutOfFuel;
        }

        var read = 0;
        foreach (var buffer in list)
        {
            memory.TrySlice(buffer.Pointer, buffer.Length, out var output);
            read += _program.Read(output);
        }

        BinaryPrimitives.WriteInt32LittleEndian(count, read);
        return WasiErrno.Success;
    }

    public WasiErrno FdWrite(in HostCall call, int descriptor, int buffersPointer, int buffers, int countPointer)
    {
        var memory = call.Memory;
        Span<Buffer> list = stackalloc Buffer[Math.Clamp(buffers, 0, MostBuffers)];
        if (TryBuffers(memory, buffersPointer, buffers, list, out var total) is var status && status != WasiErrno.Success)
        {
            return status;
        }

        if (!memory.TrySlice(countPointer, sizeof(int), out var count))
        {
            return WasiErrno.Fault;
        }

        if (descriptor is not (ProgramStreams.Output or ProgramStreams.Error) || _program?.IsOpen(descriptor) != true)
        {
            return WasiErrno.BadF;
        }

        // One write says how much was written in 31 bits; no memory of a cell is that large, but buffers may overlap.
        if (total > int.MaxValue)
        {
            return WasiErrno.Inval;
        }

        var taken = (int)(descriptor == ProgramStreams.Output ? Math.Min(total, _program.Room) : total);
        if (taken == 0 && total > 0)
        {
            return WasiErrno.NoSpc;
        }

        if (!call.TryChargeBytes(taken))
        {
            return WasiErrno.OutOfFuel;
        }

        foreach (var buffer in list)
        {
            memory.TrySlice(buffer.Pointer, buffer.Length, out var bytes);
            if (descriptor == ProgramStreams.Output)
            {
                _program.Write(bytes);
            }
            else
            {
                _program.WriteError(bytes, this);
            }
        }

        BinaryPrimitives.WriteInt32LittleEndian(count, taken);
        return WasiErrno.Success;
    }

    /// <summary>The stream that <c>vx.random</c> reads too, however much at once: its fuel is paid before.</summary>
    public WasiErrno RandomGet(in HostCall call, int pointer, int length)
    {
        if (!call.Memory.TrySlice(pointer, length, out var output))
        {
            return WasiErrno.Fault;
        }

        if (_program is null)
        {
            return WasiErrno.NoSys;
        }

        if (!call.TryCharge((ulong)output.Length * CellLimits.FuelPerRandomByte))
        {
            return WasiErrno.OutOfFuel;
        }

        (_random ??= new RandomStream(_seed!.Seed())).Fill(output);
        return WasiErrno.Success;
    }

    /// <summary>Copies the list before anything is written: what is read may land on the list itself.</summary>
    private static WasiErrno TryBuffers(GuestMemory memory, int pointer, int buffers, Span<Buffer> list, out long total)
    {
        const int bytesEach = 2 * sizeof(int);
        total = 0;
        if ((uint)buffers > MostBuffers)
        {
            return WasiErrno.Inval;
        }

        if (!memory.TrySlice(pointer, buffers * bytesEach, out var source))
        {
            return WasiErrno.Fault;
        }

        for (var i = 0; i < list.Length; i++)
        {
            var entry = source[(i * bytesEach)..];
            list[i] = new Buffer(BinaryPrimitives.ReadInt32LittleEndian(entry), BinaryPrimitives.ReadInt32LittleEndian(entry[sizeof(int)..]));
            if (!memory.TrySlice(list[i].Pointer, list[i].Length, out _))
            {
                return WasiErrno.Fault;
            }

            total += list[i].Length;
        }

        return WasiErrno.Success;
    }

    private static WasiErrno WriteTwo(GuestMemory memory, int firstPointer, int first, int secondPointer, int second)
    {
        if (!memory.TrySlice(firstPointer, sizeof(int), out var one) || !memory.TrySlice(secondPointer, sizeof(int), out var two))
        {
            return WasiErrno.Fault;
        }

        BinaryPrimitives.WriteInt32LittleEndian(one, first);
        BinaryPrimitives.WriteInt32LittleEndian(two, second);
        return WasiErrno.Success;
    }

    /// <summary>An iovec.</summary>
    private readonly record struct Buffer(int Pointer, int Length);
}
