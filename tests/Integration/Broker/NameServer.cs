using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Voxeltron.Tests.Integration.Broker;

/// <summary>
/// A DNS server (RFC 1035, over UDP) whose answers are the test's, and may be others each time: a name's n-th question for addresses is
/// answered with the n-th list, and all later ones with the last.
/// </summary>
internal sealed class NameServer : IAsyncDisposable
{
    private const int Header = 12;
    private const int V4 = 1;
    private const int V6 = 28;

    private readonly Socket _socket;
    private readonly Task _loop;
    private readonly ConcurrentDictionary<string, (string[][] Answers, int Asked)> _names = new();

    /// <param name="machine">The namespace whose resolver asks it.</param>
    public NameServer(string machine)
    {
        _socket = NetworkStand.Inside($"/run/netns/{machine}", static () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(NetworkStand.NameServer), 53));
            return socket;
        });
        _loop = AnswerAsync();
    }

    /// <param name="answers">Each with the addresses of both families.</param>
    public void Say(string name, params string[][] answers) => _names[name] = (answers, 0);

    /// <summary>How often the name's IPv4 addresses were asked for since it was said.</summary>
    public int Asked(string name) => _names[name].Asked;

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _loop;
    }

    private async Task AnswerAsync()
    {
        var buffer = new byte[1500];
        try
        {
            while (true)
            {
                var asked = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0));
                await _socket.SendToAsync(Answer(buffer.AsSpan(0, asked.ReceivedBytes)), SocketFlags.None, asked.RemoteEndPoint);
            }
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private byte[] Answer(ReadOnlySpan<byte> query)
    {
        var labels = new List<string>();
        var at = Header;
        for (; query[at] != 0; at += query[at] + 1)
        {
            labels.Add(Encoding.ASCII.GetString(query.Slice(at + 1, query[at])));
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(query[(at + 1)..]);
        var name = string.Join('.', labels).ToLowerInvariant();
        var isKnown = _names.TryGetValue(name, out var known);
        var addresses = isKnown ? known.Answers[Math.Min(Turn(name, known, type), known.Answers.Length - 1)] : [];
        var found = addresses.Select(IPAddress.Parse).Where(one => one.AddressFamily == (type == V6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork) && type is V4 or V6).ToList();

        // The question as it came, without what stood behind it; the name of each answer points to it. Nobody may keep it: time to live 0.
        var end = at + 5;
        using var reply = new MemoryStream();
        reply.Write(query[..2]);
        reply.Write([0x85, (byte)(isKnown ? 0x80 : 0x83), 0, 1, 0, (byte)found.Count, 0, 0, 0, 0]);
        reply.Write(query[Header..end]);
        foreach (var address in found)
        {
            var bytes = address.GetAddressBytes();
            reply.Write([0xc0, Header, 0, (byte)type, 0, 1, 0, 0, 0, 0, 0, (byte)bytes.Length]);
            reply.Write(bytes);
        }

        return reply.ToArray();
    }

    /// <summary>A look-up is two questions: the one for IPv4 counts, and the one for IPv6 belongs to it.</summary>
    private int Turn(string name, (string[][] Answers, int Asked) known, int type)
    {
        if (type == V4)
        {
            _names[name] = known with { Asked = known.Asked + 1 };
            return known.Asked;
        }

        return Math.Max(known.Asked - 1, 0);
    }
}
