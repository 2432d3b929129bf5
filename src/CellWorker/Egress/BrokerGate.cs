using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>The gate of a machine with a broker: namespaces come from its pool by way of a small stock here, connections from it alone.</summary>
internal sealed class BrokerGate : IEgressGate, IAsyncDisposable
{
    /// <summary>For a namespace that no boot waits for.</summary>
    private static readonly TimeSpan TakePatience = TimeSpan.FromSeconds(5);

    /// <summary>Between two tries while every namespace is taken.</summary>
    private static readonly TimeSpan ExhaustedPause = TimeSpan.FromMilliseconds(50);

    /// <summary>The broker's own limit; a request's is the sender's, and shorter or not.</summary>
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(30);

    private readonly BrokerConnection _broker;
    private readonly SpaceStock _stock;

    // What the broker said of each profile; asked again where it was away.
    private readonly ConcurrentDictionary<string, Task<BrokerReply>> _declared = new(StringComparer.Ordinal);

    public BrokerGate(string socketPath)
    {
        _broker = new BrokerConnection(socketPath);
        // What another broker said says nothing of this one.
        _broker.Changed += _declared.Clear;
        _stock = new SpaceStock(_broker);
        _stock.Forgotten += digest => _declared.TryRemove(digest, out _);
    }

    public string? Closed => _broker.Epoch == 0 ? "the broker of this machine does not answer; scripts/up starts it, its log says why it ended" : null;

    public void Prepare(EgressCredential profile)
    {
        _ = DeclareAsync(profile);
        _stock.Prepare(profile.Digest);
    }

    // Hot path: per boot of a cell with egress.
    public IEgressSpace? TryTake(EgressCredential profile) => _stock.TryTake(profile.Digest, out var lease) ? new Space(this, lease) : null;

    public IEgressSpace? TakeNow(EgressCredential profile, TimeSpan patience, out bool wasReady)
    {
        wasReady = false;
        try
        {
            // The writer section has no await here: a boot is one piece. The broker's thread answers, so nobody waits for this one.
            var (space, isHit) = Task.Run(() => TakeAsync(profile, patience, CancellationToken.None)).GetAwaiter().GetResult();
            wasReady = isHit;
            return space;
        }
        catch (EgressException)
        {
            return null;
        }
    }

    public async Task<IEgressSpace> TakeAsync(EgressCredential profile, CancellationToken cancel) =>
        TryTake(profile) ?? (await TakeAsync(profile, TakePatience, cancel)).Space;

    public async ValueTask DisposeAsync()
    {
        await _stock.DisposeAsync();
        await _broker.DisposeAsync();
    }

    private async Task<(IEgressSpace Space, bool IsHit)> TakeAsync(EgressCredential profile, TimeSpan patience, CancellationToken cancel)
    {
        // All of it within the patience: a broker that stands still must hold up nobody for longer.
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        time.CancelAfter(patience);
        try
        {
            await WaitForBrokerAsync(time.Token);
            await DeclareOrThrowAsync(profile, time.Token);
            var isDeclaredAgain = false;
            while (true)
            {
                var taken = await _stock.TakeNowAsync(profile.Digest, patience, time.Token);
                if (taken.Lease is { } lease)
                {
                    return (new Space(this, lease), taken.IsHit);
                }

                var code = taken.Reply.Code ?? BrokerCodes.Failed;
                if (code is BrokerCodes.BadRequest or BrokerCodes.ProfileRevoked)
                {
                    // It no longer knows what it once accepted: the next one to ask declares it again.
                    _declared.TryRemove(profile.Digest, out _);
                }

                if (code == BrokerCodes.BadRequest && !isDeclaredAgain)
                {
                    // It was forgotten between the two words, for want of use.
                    isDeclaredAgain = true;
                    await DeclareOrThrowAsync(profile, time.Token);
                    continue;
                }

                if (code != BrokerCodes.NoSpace || patience < TakePatience)
                {
                    throw new EgressException(code, taken.Reply.Reason ?? "The broker gave no namespace.");
                }

                _stock.GiveWay(profile.Digest);
                await Task.Delay(ExhaustedPause, time.Token);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new EgressException(_broker.Epoch == 0 ? BrokerCodes.Away : BrokerCodes.NoSpace, $"The broker gave no namespace within {patience.TotalMilliseconds:F0} ms.");
        }
    }

    /// <summary>A worker that has just begun, or a broker that is being started again: a moment, and it is there.</summary>
    private async Task WaitForBrokerAsync(CancellationToken cancel)
    {
        if (_broker.Epoch != 0)
        {
            return;
        }

        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look()
        {
            if (_broker.Epoch != 0)
            {
                changed.TrySetResult();
            }
        }

        _broker.Changed += Look;
        try
        {
            Look();
            await changed.Task.WaitAsync(cancel);
        }
        finally
        {
            _broker.Changed -= Look;
        }
    }

    private async Task DeclareOrThrowAsync(EgressCredential profile, CancellationToken cancel)
    {
        if (await DeclareAsync(profile).WaitAsync(cancel) is { Code: { } refused } declared)
        {
            throw new EgressException(refused, declared.Reason ?? refused);
        }
    }

    private Task<BrokerReply> DeclareAsync(EgressCredential profile)
    {
        if (_declared.TryGetValue(profile.Digest, out var known) && (!known.IsCompletedSuccessfully || known.Result.Code is null))
        {
            return known;
        }

        // Refused, or nobody was there: asked again, since an operator may have mended it.
        using var envelope = JsonDocument.Parse(profile.ToJson());
        var asked = _broker.DeclareAsync(profile.Digest, envelope.RootElement.Clone(), CancellationToken.None);
        _declared[profile.Digest] = asked;
        return asked;
    }

    private sealed class Space(BrokerGate gate, SpaceLease lease) : IEgressSpace
    {
        public bool IsLost => lease.IsLost;

        public async Task<EgressConnection> ConnectAsync(EgressUrl url, CancellationToken cancel)
        {
            var answer = await gate._broker.ConnectAsync(lease, url.Host, url.Port, url.IsTls, ConnectPatience, cancel);
            return answer is { IsDone: true, Socket: { } socket }
                ? new EgressConnection(new NetworkStream(socket, ownsSocket: true), answer.Reply.Address ?? "")
                : throw new EgressException(answer.Reply.Code ?? BrokerCodes.Failed, answer.Reply.Reason ?? "The broker gave no connection.");
        }

        public void Dispose() => lease.Dispose();
    }
}
