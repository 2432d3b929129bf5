using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Voxeltron.Broker.Interop;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>Opens connections from inside a namespace, to places its profile grants and nowhere else.</summary>
internal sealed class Connector(Names names, OwnAddresses own, NetnsThread thread, ConnectPoller poller)
{
    private const int DefaultTimeoutMs = 10_000;
    private const int MostTimeoutMs = 60_000;

    /// <summary>Addresses of one name that are tried.</summary>
    private const int MostAddresses = 4;

    /// <summary>The caller closes it.</summary>
    /// <exception cref="VoxeltronException">A code of <see cref="BrokerCodes"/>.</exception>
    public async Task<(SafeFileHandle Connection, IPAddress Address)> ConnectAsync(Space space, EgressProfile profile, BrokerRequest request, CancellationToken ends)
    {
        if (request is not { Host: { } host, Port: { } port and >= 1 and <= 65535 } || !IsPlace(host, out var literal))
        {
            throw new VoxeltronException(BrokerCodes.BadRequest, "connect needs host (a lower-case name, or an address) and port.");
        }

        var grants = profile.Grants.Where(grant => grant.Covers(host, literal, port) && (request.Tls == true || grant.Plain)).ToList();
        if (grants.Count == 0)
        {
            throw Refused(host, literal, port, request.Tls == true, profile);
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ends);
        var timeoutMs = Math.Clamp(request.TimeoutMs ?? DefaultTimeoutMs, 1, MostTimeoutMs);
        timeout.CancelAfter(timeoutMs);
        try
        {
            var found = literal is null ? await names.ResolveAsync(host, timeout.Token) : [literal];
            return await FirstAsync(space, Checked(host, found, grants), port, timeoutMs, timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw ends.IsCancellationRequested
                ? new VoxeltronException(BrokerCodes.Stale, "The namespace was released meanwhile.")
                : new VoxeltronException(BrokerCodes.ConnectTimeout, $"{host}:{port} did not answer in time.");
        }
    }

    private static bool IsPlace(string host, out IPAddress? literal)
    {
        literal = NetworkRange.TryParseAddress(host, out var address) ? address : null;
        return literal is not null || EgressUrl.IsName(host);
    }

    /// <summary>A literal address that a grant's network holds, but that nobody may reach by a network, is forbidden rather than not granted.</summary>
    private static VoxeltronException Refused(string host, IPAddress? literal, int port, bool isTls, EgressProfile profile)
    {
        if (literal is not null && SpecialAddresses.Of(literal) is { } special)
        {
            return new VoxeltronException(BrokerCodes.AddressForbidden, $"{host} is {special}; profile {profile.Name} does not name it.");
        }

        return new VoxeltronException(BrokerCodes.Denied, $"No grant of profile {profile.Name} covers {(isTls ? "https" : "http")} to {host} port {port}.");
    }

    /// <summary>Those of the addresses that may be connected to.</summary>
    private List<IPAddress> Checked(string host, IReadOnlyList<IPAddress> found, List<EgressGrant> grants)
    {
        var good = new List<IPAddress>();
        var why = new List<string>();
        var isV6Alone = found.Count > 0;
        foreach (var address in found.Select(NetworkRange.Plain).Distinct())
        {
            var reason = Why(address, grants);
            isV6Alone &= reason is null && address.AddressFamily == AddressFamily.InterNetworkV6;
            if (reason is not null)
            {
                why.Add($"{address} {reason}");
            }
            else if (address.AddressFamily == AddressFamily.InterNetwork)
            {
                good.Add(address);
            }
        }

        if (good.Count > 0)
        {
            return good;
        }

        throw isV6Alone
            ? new VoxeltronException(BrokerCodes.Unreachable, $"{host} has IPv6 addresses only; namespaces of this broker speak IPv4.")
            : why.Count > 0
                ? new VoxeltronException(BrokerCodes.AddressForbidden, $"{host} leads nowhere it may: {string.Join(", ", why.Take(8))}.")
                : new VoxeltronException(BrokerCodes.NameUnresolved, $"{host} has no address.");
    }

    /// <returns>Null when it may be connected to.</returns>
    private string? Why(IPAddress address, List<EgressGrant> grants)
    {
        if (own.IsInside(address))
        {
            return "is a namespace's";
        }

        string? reason = null;
        foreach (var grant in grants)
        {
            reason = grant.Allows(address) ?? (!grant.Names(address) && own.IsOwn(address) ? "own" : null);
            if (reason is null)
            {
                return null;
            }
        }

        return reason;
    }

    private async Task<(SafeFileHandle, IPAddress)> FirstAsync(Space space, List<IPAddress> addresses, int port, int timeoutMs, CancellationToken cancel)
    {
        VoxeltronException? last = null;
        var tried = addresses.Take(MostAddresses).ToList();
        foreach (var address in tried)
        {
            // One that is silent leaves time for the others.
            using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            attempt.CancelAfter(timeoutMs / tried.Count);
            var connection = await thread.RunAsync(() => Open(space, address, port), urgent: true);
            var isGiven = false;
            try
            {
                // The address that was checked, never the name again: it may lead elsewhere by now.
                var error = Libc.connect(connection, SocketAddress(address, port), 16) == 0 ? 0 : Marshal.GetLastPInvokeError();
                error = error == Libc.InProgress ? await poller.WaitAsync(connection, attempt.Token) : error;
                if (error == 0)
                {
                    isGiven = true;
                    return (connection, address);
                }

                last = new VoxeltronException(Code(error), $"{address}:{port}: {Marshal.GetPInvokeErrorMessage(error)}.");
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                last = new VoxeltronException(BrokerCodes.ConnectTimeout, $"{address}:{port} did not answer in time.");
            }
            finally
            {
                if (!isGiven)
                {
                    connection.Dispose();
                }
            }
        }

        throw last!;
    }

    private SafeFileHandle Open(Space space, IPAddress address, int port)
    {
        if (!space.IsFixed(address, port) && !space.Reached.Contains((address, port)))
        {
            if (space.Reached.Count >= SpaceRules.MostReached)
            {
                throw new VoxeltronException(BrokerCodes.Denied, $"This generation of the namespace has reached {SpaceRules.MostReached} places; release it.");
            }

            // Remembered first: what failed half way is flushed with the rest.
            space.Reached.Add((address, port));
            space.Tools.Rules.Run(SpaceRules.Reach(address, port));
        }

        var connection = thread.Inside(space.Netns, static () =>
        {
            var made = new SafeFileHandle(Libc.socket(Libc.Inet, Libc.Stream | Libc.CloseOnExec | Libc.NonBlocking, 0), ownsHandle: true);
            return made.IsInvalid ? throw KernelException.Last("socket") : made;
        });
        Set(connection, Libc.TcpLevel, Libc.TcpNoDelay, 1);
        Set(connection, Libc.SocketLevel, Libc.KeepAlive, 1);
        Set(connection, Libc.TcpLevel, Libc.TcpKeepIdle, 30);
        Set(connection, Libc.TcpLevel, Libc.TcpKeepInterval, 10);
        Set(connection, Libc.TcpLevel, Libc.TcpKeepCount, 3);
        return connection;
    }

    private static void Set(SafeFileHandle connection, int level, int option, int value) => _ = Libc.setsockopt(connection, level, option, in value, sizeof(int));

    private static byte[] SocketAddress(IPAddress address, int port)
    {
        var bytes = new byte[16];
        bytes[0] = Libc.Inet;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)port);
        address.TryWriteBytes(bytes.AsSpan(4), out _);
        return bytes;
    }

    private static string Code(int error) => error switch
    {
        Libc.ConnectionRefused => BrokerCodes.ConnectRefused,
        Libc.TimedOut => BrokerCodes.ConnectTimeout,
        _ => BrokerCodes.Unreachable,
    };
}
