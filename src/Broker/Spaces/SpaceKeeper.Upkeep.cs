using System.Diagnostics;

namespace Voxeltron.Broker;

internal sealed partial class SpaceKeeper
{
    private const int PeriodMs = 1000;

    /// <summary>Between two deletions. A hundred at once stall whoever makes one for a tenth of a second.</summary>
    private const int DeletePauseMs = 50;

    /// <summary>A worker closes what it has and releases; the two may cross. Longer than this it keeps one.</summary>
    private const int HeldRetryMs = 20;
    private const int MostHeldRetries = 25;

    /// <summary>Without a miss for so long, one fewer is kept ready each period.</summary>
    private const long CalmMs = 60_000;

    /// <summary>Times the target. One that is clean costs less to keep than to make; what is too many goes one a period.</summary>
    private const int MostKept = 4;

    private const long RefusedPauseMs = 1000;

    private void Begin(ProfilePool pool, Space space) => _ = RecycleAsync(pool, space);

    private async Task RecycleAsync(ProfilePool pool, Space space)
    {
        var isClean = !space.WasUsed;
        var started = Stopwatch.GetTimestamp();
        try
        {
            for (var tries = 0; !isClean && tries <= MostHeldRetries; tries++)
            {
                if (tries > 0)
                {
                    await Task.Delay(HeldRetryMs, _stop.Token);
                }

                // As urgent as making one: whoever waits is better served by this, which costs less.
                isClean = await _thread.RunAsync(() => _maker.Recycle(space), urgent: tries == 0);
            }

            if (!isClean)
            {
                BrokerLog.Write("space_held", $"namespace {space.Number}: a descriptor is still open {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms after the release; the namespace is deleted");
            }
        }
        catch (Exception failed) when (failed is not OperationCanceledException and not ObjectDisposedException)
        {
            BrokerLog.Write("recycle_failed", $"namespace {space.Number} is deleted: {failed.Message}");
            isClean = false;
        }
        catch (Exception)
        {
            // The broker ends, and takes all of them apart.
            return;
        }

        var isKept = false;
        lock (_gate)
        {
            pool.Taken.Remove(space);
            isKept = isClean && !pool.IsRevoked && pool.Ready.Count < Math.Max(pool.Target, 1) * MostKept;
            if (isKept)
            {
                pool.Ready.Enqueue(space);
            }
        }

        if (!isKept)
        {
            await CloseAsync(space);
        }
    }

    private async Task CloseAsync(Space space)
    {
        try
        {
            await _thread.RunAsync(
                () =>
                {
                    Attempt(() => SpaceMaker.Close(space));
                    return 0;
                },
                urgent: false);
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        lock (_gate)
        {
            _doomed.Enqueue(space);
        }

        Wake();
    }

    private async Task UpkeepAsync(CancellationToken cancel)
    {
        var lastShrinkMs = Environment.TickCount64;
        var lastDeleteMs = 0L;
        try
        {
            while (true)
            {
                var rest = PeriodMs;
                if (Environment.TickCount64 - lastDeleteMs < DeletePauseMs)
                {
                    rest = DeletePauseMs;
                }
                else if (await DeleteOneAsync())
                {
                    (rest, lastDeleteMs) = (DeletePauseMs, Environment.TickCount64);
                }

                await RefillAsync(cancel);
                if (Environment.TickCount64 - lastShrinkMs >= PeriodMs)
                {
                    lastShrinkMs = Environment.TickCount64;
                    Shrink();
                }

                await _wake.WaitAsync(rest, cancel);
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to end.
        }
    }

    private async Task RefillAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            ProfilePool? pool;
            int number;
            lock (_gate)
            {
                // A quarter is left for those who ask now: what lies ready must not be why somebody waits.
                pool = _numbers.Count <= _options.Spaces / 4
                    ? null
                    : _pools.Values.FirstOrDefault(static one => !one.IsRevoked && one.Declared > 0 && one.Ready.Count + one.Making < one.Target && Environment.TickCount64 >= one.RetryAtMs);
                if (pool is null || !_numbers.TryDequeue(out number))
                {
                    return;
                }

                pool.Making++;
            }

            try
            {
                var space = await _thread.RunAsync(() => _maker.Make(number, pool.Profile), urgent: false);
                lock (_gate)
                {
                    _all.Add(space);
                    (pool.IsRevoked ? _doomed : pool.Ready).Enqueue(space);
                }
            }
            catch (Exception failed)
            {
                BrokerLog.Write("make_failed", failed.Message);
                lock (_gate)
                {
                    _numbers.Enqueue(number);
                    pool.RetryAtMs = Environment.TickCount64 + RefusedPauseMs;
                }
            }
            finally
            {
                lock (_gate)
                {
                    pool.Making--;
                }
            }
        }
    }

    private void Shrink()
    {
        lock (_gate)
        {
            foreach (var pool in _pools.Values.ToArray())
            {
                var least = pool.Declared > 0 && !pool.IsRevoked ? _options.Ready : 0;
                if (pool.Target > least && (pool.Declared == 0 || Environment.TickCount64 - pool.LastMissMs > CalmMs))
                {
                    pool.Target--;
                }

                if (pool.Ready.Count > pool.Target)
                {
                    _doomed.Enqueue(pool.Ready.Dequeue());
                }

                if (pool is { Declared: 0, Making: 0, Ready.Count: 0, Taken.Count: 0, Target: 0 })
                {
                    _pools.Remove(pool.Digest);
                    pool.IsGone = true;
                }
            }
        }
    }

    /// <returns>There was one.</returns>
    private async Task<bool> DeleteOneAsync()
    {
        Space? space;
        lock (_gate)
        {
            if (!_doomed.TryDequeue(out space))
            {
                return false;
            }

            _all.Remove(space);
        }

        await _thread.RunAsync(
            () =>
            {
                Attempt(() => _maker.Delete(space));
                return 0;
            },
            urgent: false);
        lock (_gate)
        {
            _numbers.Enqueue(space.Number);
        }

        return true;
    }
}
