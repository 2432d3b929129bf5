using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Voxeltron.Broker.Interop;

/// <summary>
/// One end of a connected Unix socket of type SEQPACKET, with descriptors beside the messages. The worker compiles this very file in:
/// both ends are one piece of code. Any thread may send; one at a time receives. <see cref="Dispose"/> wakes both.
/// </summary>
internal sealed class SeqPacket : IDisposable
{
    private const int Family = 1;
    private const int Type = 5;
    private const int CloseOnExec = 0x80000;
    private const int Rights = 1;
    private const int Truncated = 0x20;
    private const int NoSignal = 0x4000;
    private const int DontWait = 0x40;
    private const int ReceiveCloseOnExec = 0x40000000;
    private const int SendTimeout = 21;
    private const int Interrupted = 4;
    private const int Again = 11;

    /// <summary>A cmsghdr of 64-bit Linux: size_t length, int level, int type.</summary>
    private const int ControlHeader = 16;

    private readonly SafeFileHandle _handle;

    public SeqPacket(SafeFileHandle handle) => _handle = handle;

    public SafeFileHandle Handle => _handle;

    /// <exception cref="IOException">Nobody listens there, or we may not.</exception>
    public static SeqPacket Connect(string path)
    {
        var handle = new SafeFileHandle(socket(Family, Type | CloseOnExec, 0), ownsHandle: true);
        var address = Address(path);
        if (handle.IsInvalid || connect(handle, address, address.Length) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw new IOException($"No broker answers at {path}: {Marshal.GetPInvokeErrorMessage(error)}.");
        }

        // A broker that reads nothing for so long is as good as gone; whoever asks must not wait with it.
        _ = setsockopt(handle, 1, SendTimeout, new TimeValue { Seconds = 5, Microseconds = 0 }, 16);
        return new SeqPacket(handle);
    }

    public static (SeqPacket One, SeqPacket Other) Pair()
    {
        var ends = new int[2];
        return socketpair(Family, Type | CloseOnExec, 0, ends) == 0
            ? (new SeqPacket(new SafeFileHandle(ends[0], true)), new SeqPacket(new SafeFileHandle(ends[1], true)))
            : throw Failed("socketpair");
    }

    /// <summary>A sockaddr_un.</summary>
    public static byte[] Address(string path)
    {
        const int most = 107;
        var text = Encoding.UTF8.GetBytes(path);
        if (text.Length > most)
        {
            throw new IOException($"The socket's path has {text.Length} bytes; at most {most} are possible: {path}");
        }

        var address = new byte[2 + text.Length + 1];
        address[0] = Family;
        text.CopyTo(address, 2);
        return address;
    }

    /// <param name="descriptor">Travels beside the message; the sender keeps its own and closes it.</param>
    /// <returns>False when it would have to wait and may not.</returns>
    /// <exception cref="IOException">The other end is gone.</exception>
    public bool Send(byte[] message, SafeHandle? descriptor = null, bool wait = true)
    {
        var body = GCHandle.Alloc(message, GCHandleType.Pinned);
        var vector = GCHandle.Alloc(new IoVector[1], GCHandleType.Pinned);
        var held = false;
        var control = nint.Zero;
        try
        {
            ((IoVector[])vector.Target!)[0] = new IoVector { Start = body.AddrOfPinnedObject(), Length = (nuint)message.Length };
            var header = new MessageHeader { Vectors = vector.AddrOfPinnedObject(), VectorCount = 1 };
            if (descriptor is not null)
            {
                descriptor.DangerousAddRef(ref held);
                control = Marshal.AllocHGlobal(ControlHeader + 8);
                Marshal.WriteInt64(control, ControlHeader + 4);
                Marshal.WriteInt32(control, 8, 1);
                Marshal.WriteInt32(control, 12, Rights);
                Marshal.WriteInt32(control, 16, (int)descriptor.DangerousGetHandle());
                Marshal.WriteInt32(control, 20, 0);
                (header.Control, header.ControlLength) = (control, ControlHeader + 8);
            }

            while (sendmsg(_handle, in header, NoSignal | (wait ? 0 : DontWait)) < 0)
            {
                switch (Marshal.GetLastPInvokeError())
                {
                    case Interrupted:
                        continue;
                    case Again when !wait:
                        return false;
                    default:
                        throw Failed("sendmsg");
                }
            }

            return true;
        }
        catch (ObjectDisposedException)
        {
            throw new IOException("The connection is closed.");
        }
        finally
        {
            if (held)
            {
                descriptor!.DangerousRelease();
            }

            Marshal.FreeHGlobal(control);
            vector.Free();
            body.Free();
        }
    }

    /// <param name="descriptor">The one that came beside it, the receiver's to close; -1 when none did. Others are closed here.</param>
    /// <param name="takesDescriptors">Without, the kernel throws away what was sent beside the message.</param>
    /// <returns>The message's length; 0 at the end; -1 when it was longer than the buffer, and is lost.</returns>
    /// <exception cref="IOException">The connection is broken.</exception>
    public int Receive(byte[] buffer, out int descriptor, bool takesDescriptors)
    {
        descriptor = -1;
        var body = GCHandle.Alloc(buffer, GCHandleType.Pinned);
        var vector = GCHandle.Alloc(new IoVector[] { new() { Start = body.AddrOfPinnedObject(), Length = (nuint)buffer.Length } }, GCHandleType.Pinned);
        var control = takesDescriptors ? Marshal.AllocHGlobal(ControlHeader + 8) : nint.Zero;
        try
        {
            while (true)
            {
                var header = new MessageHeader { Vectors = vector.AddrOfPinnedObject(), VectorCount = 1, Control = control, ControlLength = takesDescriptors ? (nuint)ControlHeader + 8 : 0 };
                var length = (int)recvmsg(_handle, ref header, ReceiveCloseOnExec);
                if (length < 0 && Marshal.GetLastPInvokeError() == Interrupted)
                {
                    continue;
                }

                if (length < 0)
                {
                    throw Failed("recvmsg");
                }

                descriptor = takesDescriptors ? Taken(control, header.ControlLength) : -1;
                return (header.Flags & Truncated) != 0 ? -1 : length;
            }
        }
        catch (ObjectDisposedException)
        {
            throw new IOException("The connection is closed.");
        }
        finally
        {
            Marshal.FreeHGlobal(control);
            vector.Free();
            body.Free();
        }
    }

    public void Dispose()
    {
        // A thread in recvmsg holds the handle: without this it would wait for ever, and the handle with it.
        if (!_handle.IsClosed)
        {
            _ = shutdown(_handle, 2);
        }

        _handle.Dispose();
    }

    private static int Taken(nint control, nuint length)
    {
        if (length < ControlHeader + 4 || Marshal.ReadInt32(control, 8) != 1 || Marshal.ReadInt32(control, 12) != Rights)
        {
            return -1;
        }

        // There is room for two, because the kernel aligns to eight bytes.
        if (Marshal.ReadInt64(control) >= ControlHeader + 8)
        {
            new SafeFileHandle(Marshal.ReadInt32(control, 20), ownsHandle: true).Dispose();
        }

        return Marshal.ReadInt32(control, 16);
    }

    private static IOException Failed(string call) => new($"{call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");

    [DllImport("libc", SetLastError = true)]
    private static extern int socket(int domain, int type, int protocol);

    [DllImport("libc", SetLastError = true)]
    private static extern int socketpair(int domain, int type, int protocol, [Out] int[] ends);

    [DllImport("libc", SetLastError = true)]
    private static extern int connect(SafeHandle descriptor, byte[] address, int length);

    [DllImport("libc", SetLastError = true)]
    private static extern int setsockopt(SafeHandle descriptor, int level, int option, in TimeValue value, int length);

    [DllImport("libc", SetLastError = true)]
    private static extern int shutdown(SafeHandle descriptor, int how);

    [DllImport("libc", SetLastError = true)]
    private static extern nint sendmsg(SafeHandle descriptor, in MessageHeader message, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern nint recvmsg(SafeHandle descriptor, ref MessageHeader message, int flags);

    private struct TimeValue
    {
        public nint Seconds;
        public nint Microseconds;
    }

    private struct IoVector
    {
        public nint Start;
        public nuint Length;
    }

    private struct MessageHeader
    {
        public nint Name;
        public uint NameLength;
        public nint Vectors;
        public nuint VectorCount;
        public nint Control;
        public nuint ControlLength;
        public int Flags;
    }
}
