using System.Diagnostics;
using System.Text.Json;
using Voxeltron.Broker.Interop;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>One worker's connection. What it took it gives back by ending, whatever it ended of.</summary>
/// <remarks>
/// Its thread reads; answers go out from whichever thread has them, at once where the socket takes them and through a queue where it
/// does not. A worker may have <see cref="MostUnanswered"/> requests: with that many the thread reads no more.
/// </remarks>
internal sealed partial class PeerSession : IDisposable
{
    public const int MostUnanswered = 512;

    private const int MostProfiles = 256;

    private readonly SeqPacket _socket;
    private readonly ProfileRegistry _profiles;
    private readonly SpaceKeeper _keeper;
    private readonly Connector _connector;
    private readonly string _peer;
    private readonly SemaphoreSlim _unanswered = new(MostUnanswered, MostUnanswered);
    private readonly CancellationTokenSource _ends = new();
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Dictionary<string, ProfilePool> _declared = [];
    private readonly Dictionary<int, (ProfilePool Pool, Space Space)> _taken = [];
    private bool _isOver;

    private bool _hasGreeted;

    public PeerSession(SeqPacket socket, ProfileRegistry profiles, SpaceKeeper keeper, Connector connector, string peer)
    {
        (_socket, _profiles, _keeper, _connector, _peer) = (socket, profiles, keeper, connector, peer);
        _writer = new Thread(WriteLoop) { IsBackground = true, Name = "peer writer" };
    }

    /// <summary>Until the worker ends it, or <see cref="End"/>.</summary>
    public void Run()
    {
        _writer.Start();
        var buffer = new byte[BrokerProtocol.MostBytes];
        try
        {
            while (true)
            {
                _unanswered.Wait(_ends.Token);
                var length = _socket.Receive(buffer, out _, takesDescriptors: false);
                if (length == 0)
                {
                    break;
                }

                Handle(length < 0 ? null : Parse(buffer.AsSpan(0, length)));
            }
        }
        catch (IOException)
        {
            // The worker was killed, or we end: both are below.
        }
        catch (OperationCanceledException)
        {
            // We end.
        }

        Close();
    }

    public void End()
    {
        _ends.Cancel();
        _socket.Dispose();
    }

    /// <summary>When nobody runs it any more. Answers that come later find it closed.</summary>
    public void Dispose()
    {
        _ends.Dispose();
        _socket.Dispose();
    }

    private static BrokerRequest? Parse(ReadOnlySpan<byte> message)
    {
        try
        {
            return JsonSerializer.Deserialize(message, BrokerJson.Default.BrokerRequest);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Handle(BrokerRequest? request)
    {
        var started = Stopwatch.GetTimestamp();
        if (request is null)
        {
            Answer(new BrokerReply(0, BrokerCodes.BadRequest, $"The message is no request: one JSON object of at most {BrokerProtocol.MostBytes} bytes."));
            return;
        }

        try
        {
            if (!_hasGreeted && request.Op != BrokerProtocol.Hello)
            {
                throw new VoxeltronException(BrokerCodes.BadRequest, "The first message must be hello.");
            }

            switch (request.Op)
            {
                case BrokerProtocol.Hello:
                    Greet(request);
                    Answer(new BrokerReply(request.Id));
                    break;
                case BrokerProtocol.Profile:
                    Answer(new BrokerReply(request.Id) { Digest = Declare(request) });
                    break;
                case BrokerProtocol.Forget:
                    Forget(request);
                    Answer(new BrokerReply(request.Id));
                    break;
                case BrokerProtocol.Take:
                    Take(request, started);
                    break;
                case BrokerProtocol.Connect:
                    _ = ConnectAsync(request, started);
                    break;
                case BrokerProtocol.Release:
                    Release(request);
                    Answer(new BrokerReply(request.Id));
                    break;
                default:
                    throw new VoxeltronException(BrokerCodes.BadRequest, "The operation is not known here.");
            }
        }
        catch (VoxeltronException refused)
        {
            Answer(new BrokerReply(request.Id, refused.FaultCode, refused.Message));
        }
        catch (Exception unexpected) when (unexpected is not OperationCanceledException)
        {
            // One worker's message, whatever is in it, must not end the broker: that would end what all of them have.
            BrokerLog.Write("request_failed", $"{request.Op}: {unexpected.Message}");
            Answer(new BrokerReply(request.Id, BrokerCodes.BadRequest, "The request could not be carried out; the broker's log says why."));
        }
    }

    private void Greet(BrokerRequest request)
    {
        if (request.Version != BrokerProtocol.Version)
        {
            throw new VoxeltronException(BrokerCodes.BadRequest, $"The worker speaks version {request.Version}, this broker {BrokerProtocol.Version}.");
        }

        _hasGreeted = true;
    }

    private string Declare(BrokerRequest request)
    {
        var pool = _profiles.Declare(request.Envelope ?? throw new VoxeltronException(BrokerCodes.BadRequest, "profile needs envelope."));
        ProfilePool? before;
        var isIn = true;
        lock (_gate)
        {
            if (_declared.TryGetValue(pool.Digest, out before))
            {
                // One that was revoked, and is good again, is another pool: who declares it anew means that one.
                _declared[pool.Digest] = pool;
            }
            else if (_declared.Count < MostProfiles)
            {
                _declared.Add(pool.Digest, pool);
            }
            else
            {
                isIn = false;
            }
        }

        if (before is not null || !isIn)
        {
            _keeper.Undeclare(before ?? pool);
        }

        return isIn ? pool.Digest : throw new VoxeltronException(BrokerCodes.BadRequest, $"A connection may declare {MostProfiles} profiles.");
    }

    /// <summary>Twice is as good as once: it may cross with the end of the profile.</summary>
    private void Forget(BrokerRequest request)
    {
        ProfilePool? pool;
        lock (_gate)
        {
            _declared.Remove(request.Digest ?? "", out pool);
        }

        if (pool is not null)
        {
            _keeper.Undeclare(pool);
        }
    }

    private static VoxeltronException Stale() => new(BrokerCodes.Stale, "The namespace was released, or is another's.");

    private static long Us(long started) => (long)Stopwatch.GetElapsedTime(started).TotalMicroseconds;

    private void Close()
    {
        _ends.Cancel();
        _socket.Dispose();
        StopWriter();
        List<(ProfilePool Pool, Space Space)> taken;
        List<ProfilePool> declared;
        lock (_gate)
        {
            _isOver = true;
            taken = [.. _taken.Values];
            declared = [.. _declared.Values];
            _taken.Clear();
            _declared.Clear();
        }

        foreach (var (pool, space) in taken)
        {
            _keeper.ReleaseOwned(pool, space, this);
        }

        declared.ForEach(_keeper.Undeclare);
        BrokerLog.Write("worker_left", $"{_peer}: {taken.Count} namespaces taken back");
    }
}
