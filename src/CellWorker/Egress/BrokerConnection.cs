using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;
using Voxeltron.Broker.Interop;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>
/// The worker's connection to the broker of its machine: many requests at once, answers in any order. When the broker goes, everything
/// outstanding is answered <c>broker_away</c>, and it is looked for again, ever less often; profiles that were declared are declared again
/// before anything else is asked. Any thread.
/// </summary>
internal sealed class BrokerConnection : IAsyncDisposable
{
    /// <summary>Half of what the broker allows: it never stops reading because of us.</summary>
    public const int MostOutstanding = 256;

    private const int FirstPauseMs = 50;
    private const int MostPauseMs = 2000;
    private static readonly TimeSpan s_greetingTime = TimeSpan.FromSeconds(10);

    private readonly Func<SeqPacket> _connect;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _slots = new(MostOutstanding, MostOutstanding);
    private readonly ConcurrentDictionary<long, TaskCompletionSource<BrokerAnswer>> _outstanding = new();
    private readonly ConcurrentDictionary<string, JsonElement> _declared = new();
    private readonly Thread _thread;
    private long _lastId;
    private long _epochs;
    private long _epoch;
    private bool _isDisposed;

    /// <summary>Written by the connection's thread; null while there is none.</summary>
    private volatile SeqPacket? _socket;

    public BrokerConnection(string socketPath)
        : this(() => SeqPacket.Connect(socketPath))
    {
    }

    /// <param name="connect">Throws <see cref="IOException"/> when nobody is there.</param>
    public BrokerConnection(Func<SeqPacket> connect)
    {
        _connect = connect;
        _thread = new Thread(Loop) { IsBackground = true, Name = "broker" };
        _thread.Start();
    }

    /// <summary>Which connection there is, from 1; 0 while there is none. What was taken in another epoch is lost.</summary>
    public long Epoch => Volatile.Read(ref _epoch);

    /// <summary>The epoch changed. Raised on a pool thread when one began, on the connection's when one ended; must not block.</summary>
    public event Action? Changed;

    /// <summary>Tells the broker of a profile, now and after each reconnect, until it is refused or <see cref="ForgetAsync"/>.</summary>
    /// <param name="digest">As <c>EgressCredential.Digest</c> has it.</param>
    public async Task<BrokerReply> DeclareAsync(string digest, JsonElement envelope, CancellationToken cancel)
    {
        _declared[digest] = envelope;
        var answer = await AskAsync(new BrokerRequest(0, BrokerProtocol.Profile) { Envelope = envelope }, cancel);
        if (answer.Reply.Code is not null and not BrokerCodes.Away)
        {
            _declared.TryRemove(digest, out _);
        }

        return answer.Reply;
    }

    /// <summary>The broker need keep nothing ready for it any more.</summary>
    public Task ForgetAsync(string digest, CancellationToken cancel)
    {
        _declared.TryRemove(digest, out _);
        return AskAsync(new BrokerRequest(0, BrokerProtocol.Forget) { Digest = digest }, cancel);
    }

    /// <summary>Opens a connection from inside the lease's namespace.</summary>
    public Task<BrokerAnswer> ConnectAsync(SpaceLease lease, string host, int port, bool isTls, TimeSpan timeout, CancellationToken cancel)
    {
        lease.Use();
        if (lease.IsLost)
        {
            return Task.FromResult(BrokerAnswer.Away("The broker that gave the namespace is gone."));
        }

        var request = new BrokerRequest(0, BrokerProtocol.Connect)
        {
            Space = lease.Space,
            Generation = lease.Generation,
            Host = host,
            Port = port,
            Tls = isTls,
            TimeoutMs = (int)timeout.TotalMilliseconds,
        };
        return AskAsync(request, cancel);
    }

    /// <param name="request">Its number is given here.</param>
    /// <returns>The answer; <c>broker_away</c> when there is no broker, or it went meanwhile.</returns>
    /// <exception cref="OperationCanceledException">What the broker still does of it is undone when its answer comes.</exception>
    public Task<BrokerAnswer> AskAsync(BrokerRequest request, CancellationToken cancel) =>
        Epoch == 0 ? Task.FromResult(BrokerAnswer.Away("No broker answers on this machine.")) : AskAnywayAsync(request, cancel);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _stop.CancelAsync();
        _socket?.Dispose();
        await Task.Run(_thread.Join);
        _stop.Dispose();
    }

    private async Task<BrokerAnswer> AskAnywayAsync(BrokerRequest request, CancellationToken cancel)
    {
        await _slots.WaitAsync(cancel);
        var id = Interlocked.Increment(ref _lastId);
        var answer = new TaskCompletionSource<BrokerAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var isTaken = false;
        try
        {
            _outstanding[id] = answer;
            if (_socket is not { } socket)
            {
                return BrokerAnswer.Away("No broker answers on this machine.");
            }

            try
            {
                socket.Send(JsonSerializer.SerializeToUtf8Bytes(request with { Id = id }, BrokerJson.Default.BrokerRequest));
            }
            catch (IOException gone)
            {
                // Its thread sees it too and connects anew.
                socket.Dispose();
                return BrokerAnswer.Away(gone.Message);
            }

            if (!ReferenceEquals(_socket, socket))
            {
                // It went between the two: the sweep of outstanding ones may have come before this one was there.
                return BrokerAnswer.Away("The broker went away.");
            }

            var given = await answer.Task.WaitAsync(cancel);
            isTaken = true;
            return given;
        }
        finally
        {
            _outstanding.TryRemove(id, out _);
            // One of the two is first, and the other gives back what came: the reader, that finds it closed, or we, that find it answered.
            if (!isTaken && !answer.TrySetCanceled(CancellationToken.None))
            {
                Undo(await answer.Task);
            }

            _slots.Release();
        }
    }

    private void Loop()
    {
        var pauseMs = FirstPauseMs;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var socket = _connect();
                _socket = socket;
                _ = GreetAsync(socket);
                if (ReadAll(socket))
                {
                    pauseMs = FirstPauseMs;
                }
            }
            catch (IOException)
            {
                // Nobody is there yet, or any more: the pause, and again.
            }

            End();
            _stop.Token.WaitHandle.WaitOne(pauseMs);
            pauseMs = Math.Min(pauseMs * 2, MostPauseMs);
        }
    }

    private void End()
    {
        _socket = null;
        var had = Interlocked.Exchange(ref _epoch, 0) != 0;
        foreach (var one in _outstanding.Values)
        {
            one.TrySetResult(BrokerAnswer.Away("The broker went away."));
        }

        if (had)
        {
            Changed?.Invoke();
        }
    }

    /// <summary>What must be said before anybody may ask.</summary>
    private async Task GreetAsync(SeqPacket socket)
    {
        try
        {
            using var time = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            time.CancelAfter(s_greetingTime);
            var hello = await AskAnywayAsync(new BrokerRequest(0, BrokerProtocol.Hello) { Version = BrokerProtocol.Version }, time.Token);
            if (!hello.IsDone)
            {
                socket.Dispose();
                return;
            }

            foreach (var (digest, envelope) in _declared)
            {
                var declared = await AskAnywayAsync(new BrokerRequest(0, BrokerProtocol.Profile) { Envelope = envelope }, time.Token);
                if (declared.Reply.Code is not null and not BrokerCodes.Away)
                {
                    _declared.TryRemove(digest, out _);
                }
            }

            Interlocked.Exchange(ref _epoch, Interlocked.Increment(ref _epochs));
            if (!ReferenceEquals(_socket, socket))
            {
                // It went while this was written: what its thread has swept must stay swept.
                Interlocked.CompareExchange(ref _epoch, 0, Interlocked.Read(ref _epochs));
                return;
            }

            Changed?.Invoke();
        }
        catch (OperationCanceledException)
        {
            // A broker that does not answer a greeting is none.
            socket.Dispose();
        }
    }

    /// <returns>Something was read: it is a broker.</returns>
    private bool ReadAll(SeqPacket socket)
    {
        var buffer = new byte[BrokerProtocol.MostBytes];
        var hasRead = false;
        try
        {
            int length;
            while ((length = socket.Receive(buffer, out var descriptor, takesDescriptors: true)) > 0)
            {
                var given = descriptor < 0 ? null : new SafeSocketHandle(descriptor, ownsHandle: true);
                Deliver(JsonSerializer.Deserialize(buffer.AsSpan(0, length), BrokerJson.Default.BrokerReply)!, given);
                hasRead = true;
            }
        }
        catch (IOException)
        {
            // It went.
        }
        catch (JsonException)
        {
            // It is no broker of ours: away with it, and again later.
        }

        return hasRead;
    }

    private void Deliver(BrokerReply reply, SafeSocketHandle? given)
    {
        var answer = new BrokerAnswer(reply, given is null ? null : new Socket(given)) { Epoch = Epoch };
        if (_outstanding.TryGetValue(reply.Id, out var asked) && asked.TrySetResult(answer))
        {
            return;
        }

        Undo(answer);
    }

    /// <summary>Whoever asked has gone: what was given is given back.</summary>
    private void Undo(BrokerAnswer answer)
    {
        answer.Socket?.Dispose();
        if (answer.Reply is { Code: null, Space: { } space, Generation: { } generation })
        {
            _ = AskAsync(new BrokerRequest(0, BrokerProtocol.Release) { Space = space, Generation = generation }, _stop.Token);
        }
    }
}
