using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Voxeltron.Broker.Interop;

/// <summary>Asks the kernel and reads what it answers. Belongs to the namespace its maker's thread was in, whoever uses it later. One thread at a time.</summary>
internal sealed class NetlinkSocket : IDisposable
{
    public const int Route = 0;
    public const int SocketDiagnosis = 4;
    public const int Netfilter = 12;

    private const int Error = 2;
    private const int Done = 3;
    private const int HeaderLength = 16;

    /// <summary>An answer is read and done with before the next question of the same thread.</summary>
    [ThreadStatic]
    private static byte[]? s_buffer;

    private readonly SafeFileHandle _handle;
    private uint _sequence;

    /// <summary>What one message of an answer is about: its type and what follows the header.</summary>
    public delegate void Reader(ushort type, ReadOnlySpan<byte> body);

    public NetlinkSocket(int family)
    {
        _handle = new SafeFileHandle(Libc.MoveUp(Libc.socket(Libc.Netlink, Libc.Raw | Libc.CloseOnExec, family)), ownsHandle: true);
        if (_handle.IsInvalid)
        {
            throw KernelException.Last("socket(AF_NETLINK)");
        }

        // The kernel answers at once or has a bug: a thread that waits for ever would be ours to explain.
        _ = Libc.setsockopt(_handle, Libc.SocketLevel, Libc.ReceiveTimeout, new Libc.TimeValue { Seconds = 5 }, 16);
    }

    /// <summary>Does one thing.</summary>
    /// <exception cref="KernelException">The kernel would not.</exception>
    public void Do(string what, NetlinkMessage message)
    {
        if (Try(message, null) is var error && error != 0)
        {
            throw new KernelException(what, error);
        }
    }

    /// <returns>0, or why not: an errno.</returns>
    public int Try(NetlinkMessage message, Reader? read)
    {
        var sequence = ++_sequence;
        var bytes = message.Finish(sequence);
        var buffer = s_buffer ??= new byte[64 * 1024];
        if (Libc.send(_handle, bytes, message.Length, 0) < 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        while (true)
        {
            var length = (int)Libc.recv(_handle, buffer, buffer.Length, 0);
            if (length < 0)
            {
                if (Marshal.GetLastPInvokeError() is var error && error != Libc.Interrupted)
                {
                    return error;
                }

                continue;
            }

            if (ReadAll(buffer.AsSpan(0, length), sequence, read) is { } outcome)
            {
                return outcome;
            }
        }
    }

    public void Dispose() => _handle.Dispose();

    /// <returns>Null while more is to come.</returns>
    private static int? ReadAll(ReadOnlySpan<byte> all, uint sequence, Reader? read)
    {
        while (all.Length >= HeaderLength)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(all);
            if (length < HeaderLength || length > all.Length)
            {
                break;
            }

            var type = BinaryPrimitives.ReadUInt16LittleEndian(all[4..]);
            // An answer to an earlier question that timed out is nobody's.
            if (BinaryPrimitives.ReadUInt32LittleEndian(all[8..]) == sequence)
            {
                switch (type)
                {
                    case Error:
                        return -BinaryPrimitives.ReadInt32LittleEndian(all[HeaderLength..]);
                    case Done:
                        return length >= HeaderLength + 4 ? -BinaryPrimitives.ReadInt32LittleEndian(all[HeaderLength..]) : 0;
                    default:
                        read?.Invoke(type, all[HeaderLength..length]);
                        break;
                }
            }

            all = all[Math.Min((length + 3) & ~3, all.Length)..];
        }

        return null;
    }
}

/// <summary>The kernel refused.</summary>
internal sealed class KernelException(string what, int error) : Exception($"{what}: {Marshal.GetPInvokeErrorMessage(error)} ({error})")
{
    public int Error { get; } = error;

    public static KernelException Last(string what) => new(what, Marshal.GetLastPInvokeError());
}
