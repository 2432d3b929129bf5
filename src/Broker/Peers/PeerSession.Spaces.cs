using Microsoft.Win32.SafeHandles;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

internal sealed partial class PeerSession
{
    private void Take(BrokerRequest request, long started)
    {
        ProfilePool? pool;
        lock (_gate)
        {
            pool = _declared.GetValueOrDefault(request.Digest ?? "");
        }

        if (pool is null)
        {
            throw new VoxeltronException(BrokerCodes.BadRequest, "take needs the digest of a profile that this connection has declared.");
        }

        _profiles.ThrowIfNoGood(pool);
        if (_keeper.TryTake(pool, this, out var space, out var generation))
        {
            Given(request.Id, pool, space, generation, started, isHit: true);
        }
        else
        {
            _ = TakeNewAsync(request.Id, pool, started);
        }
    }

    private async Task TakeNewAsync(long id, ProfilePool pool, long started)
    {
        try
        {
            var (space, generation) = await _keeper.MakeNowAsync(pool, this);
            Given(id, pool, space, generation, started, isHit: false);
        }
        catch (VoxeltronException refused)
        {
            Answer(new BrokerReply(id, refused.FaultCode, refused.Message));
        }
        catch (ObjectDisposedException)
        {
            Answer(new BrokerReply(id, BrokerCodes.Away, "The broker ends."));
        }
    }

    private void Given(long id, ProfilePool pool, Space space, long generation, long started, bool isHit)
    {
        bool isOver;
        lock (_gate)
        {
            isOver = _isOver;
            if (!isOver)
            {
                _taken[space.Number] = (pool, space);
            }
        }

        if (isOver || pool.IsRevoked)
        {
            _keeper.Release(pool, space, generation, this);
            Answer(new BrokerReply(id, BrokerCodes.ProfileRevoked, "The profile was revoked meanwhile."));
            return;
        }

        Answer(new BrokerReply(id) { Space = space.Number, Generation = generation, Hit = isHit, Us = Us(started) });
    }

    private async Task ConnectAsync(BrokerRequest request, long started)
    {
        BrokerReply reply;
        SafeFileHandle? connection = null;
        try
        {
            var (pool, space, generation) = Find(request);
            _profiles.ThrowIfNoGood(pool);
            if (!space.TryUse(generation, this, out var ends))
            {
                throw Stale();
            }

            try
            {
                // Away from the reading thread: a resolver may take its time before the first await.
                (connection, var address) = await Task.Run(() => _connector.ConnectAsync(space, pool.Profile, request, ends), CancellationToken.None);
                reply = ends.IsCancellationRequested ? throw Stale() : new BrokerReply(request.Id) { Address = address.ToString(), Us = Us(started) };
                // Still in use: a generation is not recycled between the check and the passing.
                Answer(reply, connection);
                return;
            }
            finally
            {
                space.EndUse();
            }
        }
        catch (VoxeltronException refused)
        {
            reply = new BrokerReply(request.Id, refused.FaultCode, refused.Message) { Us = Us(started) };
        }
        catch (Exception failed)
        {
            BrokerLog.Write("connect_failed", failed.Message);
            reply = new BrokerReply(request.Id, BrokerCodes.Failed, failed.Message) { Us = Us(started) };
        }

        connection?.Dispose();
        Answer(reply);
    }

    private void Release(BrokerRequest request)
    {
        var (pool, space, generation) = Find(request);
        if (!_keeper.Release(pool, space, generation, this))
        {
            throw Stale();
        }

        lock (_gate)
        {
            _taken.Remove(space.Number);
        }
    }

    private (ProfilePool Pool, Space Space, long Generation) Find(BrokerRequest request)
    {
        if (request is not { Space: { } number, Generation: { } generation })
        {
            throw new VoxeltronException(BrokerCodes.BadRequest, $"{request.Op} needs space and generation.");
        }

        lock (_gate)
        {
            return _taken.TryGetValue(number, out var found) ? (found.Pool, found.Space, generation) : throw Stale();
        }
    }
}
