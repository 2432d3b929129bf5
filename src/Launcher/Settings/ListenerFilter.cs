using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Voxeltron.Launcher;

/// <summary>
/// What keeps a listener from being a way out: whoever holds it, or a connection accepted from it, may disconnect that and connect it elsewhere, from the
/// network namespace it was made in. So it takes no packet by which a connection of its own would be answered: none with SYN and ACK, and none with
/// SYN alone but for the port that is listened at (both ends may begin at once, RFC 9293 §3.5). Accepted sockets inherit it, and nobody takes it off.
/// </summary>
internal static unsafe class ListenerFilter
{
    private const int SocketLevel = 1, Attach = 26, Lock = 44;

    // Classic BPF over the TCP header, as the kernel gives it to a TCP socket's filter.
    private const ushort LoadByte = 0x30, LoadHalf = 0x28, IsEqual = 0x15, HasAnyBit = 0x45, Return = 0x06;
    private const uint DestinationAt = 2, FlagsAt = 13, Syn = 0x02, Ack = 0x10;
    private const uint Whole = uint.MaxValue, Nothing = 0;

    /// <param name="listener">Bound, and not listening yet: no socket was ever accepted without it.</param>
    /// <returns>False where the kernel lets only privileged users put one.</returns>
    public static bool TryPut(Socket listener, int port)
    {
        var program = Program(port);
        fixed (Instruction* first = program)
        {
            // struct sock_fprog
            Span<byte> whole = stackalloc byte[16];
            whole.Clear();
            MemoryMarshal.Write(whole, (ushort)program.Length);
            MemoryMarshal.Write(whole[8..], (nint)first);
            try
            {
                listener.SetRawSocketOption(SocketLevel, Attach, whole);
                Span<byte> yes = [1, 0, 0, 0];
                listener.SetRawSocketOption(SocketLevel, Lock, yes);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }

    internal static Instruction[] Program(int port) =>
    [
        new(LoadByte, 0, 0, FlagsAt),
        new(HasAnyBit, 0, 3, Syn),
        new(HasAnyBit, 3, 0, Ack),
        new(LoadHalf, 0, 0, DestinationAt),
        new(IsEqual, 0, 1, (uint)port),
        new(Return, 0, 0, Whole),
        new(Return, 0, 0, Nothing),
    ];
}
