using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// What one cell has of the network: its namespace and the connections in it. Shared by the cell and its requests under way; the last one
/// gives the namespace back, and with it every connection dies. Another cell, of the same task even, gets another.
/// </summary>
internal sealed class CellNetwork : IDisposable
{
    /// <summary>To one place at once.</summary>
    private const int ConnectionsPerPlace = 8;

    private static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(15);

    private readonly IEgressGate _gate;
    private readonly ConcurrentDictionary<string, string> _addresses = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private int _holders = 1;
    private IEgressSpace? _space;
    private Task<IEgressSpace>? _taking;
    private HttpMessageInvoker? _client;

    /// <param name="space">Taken at boot; null: one is taken with the first connection.</param>
    public CellNetwork(EgressCredential profile, IEgressGate gate, IEgressSpace? space)
    {
        (Profile, _gate, _space) = (profile, gate, space);
    }

    public EgressCredential Profile { get; }

    /// <summary>One more holder. Null when the last has gone.</summary>
    public CellNetwork? Share()
    {
        lock (_lock)
        {
            if (_holders == 0)
            {
                return null;
            }

            _holders++;
            return this;
        }
    }

    /// <summary>Made with the first request: most cells make none.</summary>
    public HttpMessageInvoker Client
    {
        get
        {
            lock (_lock)
            {
                return _client ??= new HttpMessageInvoker(Handler(), disposeHandler: true);
            }
        }
    }

    /// <summary>Where connections to the place lead; empty when none was made.</summary>
    public string AddressOf(EgressUrl url) => _addresses.GetValueOrDefault(url.Authority, "");

    public void Dispose()
    {
        HttpMessageInvoker? client;
        IEgressSpace? space;
        lock (_lock)
        {
            if (_holders == 0 || --_holders > 0)
            {
                return;
            }

            (client, _client) = (_client, null);
            (space, _space) = (_space, null);
        }

        client?.Dispose();
        space?.Dispose();
    }

    private SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = System.Net.DecompressionMethods.None,
            MaxConnectionsPerServer = ConnectionsPerPlace,
            MaxResponseHeadersLength = CellLimits.ReplyHeaderBytes / 1024,
            // What is left of a body that was given up costs a connection, never more bytes.
            MaxResponseDrainSize = 0,
            PooledConnectionIdleTimeout = IdleConnection,
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            ActivityHeadersPropagator = null,
            ConnectCallback = ConnectAsync,
        };
        if (Profile.Profile.Trust is { } pem)
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPem(pem);
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return handler;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        // The place as it was checked, not as a library has written it since.
        if (!context.InitialRequestMessage.Options.TryGetValue(HttpSender.Place, out var url))
        {
            throw new InvariantException("A request was sent without the place it is for.");
        }

        var connection = await ConnectAsync(url, cancel);
        _addresses[url.Authority] = connection.Address;
        return connection.Stream;
    }

    private async Task<EgressConnection> ConnectAsync(EgressUrl url, CancellationToken cancel)
    {
        for (var tries = 0; ; tries++)
        {
            var space = await SpaceAsync(cancel);
            try
            {
                return await space.ConnectAsync(url, cancel);
            }
            catch (EgressException lost) when (tries == 0 && lost.FaultCode is BrokerCodes.Stale or BrokerCodes.Away)
            {
                // The broker was started again: what it gave out before is gone.
                Forget(space);
            }
        }
    }

    private Task<IEgressSpace> SpaceAsync(CancellationToken cancel)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_holders == 0, this);
            if (_space is { IsLost: false } space)
            {
                return Task.FromResult(space);
            }

            // Requests that come together take one between them; who gives up waiting leaves it to the others.
            _taking ??= TakeAsync();
            return _taking.WaitAsync(cancel);
        }
    }

    private async Task<IEgressSpace> TakeAsync()
    {
        // Not under the lock of whoever asked first.
        await Task.Yield();
        IEgressSpace? taken = null, before = null;
        try
        {
            taken = await _gate.TakeAsync(Profile, CancellationToken.None);
            return taken;
        }
        finally
        {
            lock (_lock)
            {
                _taking = null;
                if (taken is not null)
                {
                    (before, _space) = _holders == 0 ? (taken, null) : (_space, taken);
                }
            }

            before?.Dispose();
        }
    }

    private void Forget(IEgressSpace space)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_space, space))
            {
                _space = null;
            }
        }

        space.Dispose();
    }
}
