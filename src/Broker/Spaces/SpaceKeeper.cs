using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>
/// All namespaces of this broker: gives them out, takes them back, keeps some of each profile ready.
/// <code>
/// made ─▶ ready ─take▶ taken ─release▶ recycled ─▶ ready      same profile only
///            │                            └─ a step failed, or a descriptor is still held ─▶ closed ─▶ deleted
///            └─ too many, revoked ─▶ deleted                  slowly: a mass deletion stalls every creation on the machine
/// </code>
/// Making, cleaning and deleting happen on the maker thread; a take that finds one ready touches only memory.
/// </summary>
internal sealed partial class SpaceKeeper : IAsyncDisposable
{
    /// <summary>Ready ones of one profile, however many misses there were.</summary>
    private const int MostReady = 128;

    private readonly Lock _gate = new();
    private readonly BrokerOptions _options;
    private readonly NetnsThread _thread = new("netns maker");
    private readonly SpaceMaker _maker;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _upkeep;

    // Below, guarded by _gate.
    private readonly Dictionary<string, ProfilePool> _pools = [];
    private readonly Queue<int> _numbers;
    private readonly Queue<Space> _doomed = new();
    private readonly HashSet<Space> _all = [];
    private long _generation;

    public SpaceKeeper(BrokerOptions options, AddressPlan plan, long firstGeneration)
    {
        _options = options;
        _maker = new SpaceMaker(_thread, plan);
        _numbers = new Queue<int>(Enumerable.Range(0, options.Spaces));
        _generation = firstGeneration;
        _upkeep = Task.Run(() => UpkeepAsync(_stop.Token));
    }

    /// <summary>The profile's pool, made now when it is new.</summary>
    public ProfilePool Declare(string digest, EgressProfile profile)
    {
        ProfilePool pool;
        lock (_gate)
        {
            // One that was revoked stays so for who has it; whoever declares the profile anew was let in again.
            if (!_pools.TryGetValue(digest, out pool!) || pool.IsRevoked)
            {
                pool = _pools[digest] = new ProfilePool(digest, profile, Math.Min(_options.Ready, MostReady));
            }

            pool.Declared++;
            pool.Target = Math.Max(pool.Target, Math.Min(_options.Ready, MostReady));
        }

        Wake();
        return pool;
    }

    public void Undeclare(ProfilePool pool)
    {
        lock (_gate)
        {
            pool.Declared--;
        }
    }

    // Hot path: a namespace that is ready is given out without a system call.
    public bool TryTake(ProfilePool pool, object owner, out Space space, out long generation)
    {
        lock (_gate)
        {
            generation = 0;
            if (!pool.Ready.TryDequeue(out space!))
            {
                return false;
            }

            pool.Taken.Add(space);
            generation = ++_generation;
        }

        space.Begin(generation, owner);
        Wake();
        return true;
    }

    /// <summary>Makes one now. A profile that misses gets more ready ones.</summary>
    /// <exception cref="VoxeltronException"><c>netns_exhausted</c>, <c>netns_failed</c></exception>
    public async Task<(Space Space, long Generation)> MakeNowAsync(ProfilePool pool, object owner)
    {
        int number;
        Space? idle = null;
        lock (_gate)
        {
            pool.Target = Math.Clamp(pool.Target * 2, 1, MostReady);
            pool.LastMissMs = Environment.TickCount64;
            if (!_numbers.TryDequeue(out number))
            {
                // What lies ready for others is worth less than what is asked for now.
                idle = _pools.Values.Where(other => other != pool).MaxBy(static other => other.Ready.Count)?.Ready is { Count: > 0 } ready ? ready.Dequeue() : null;
                number = idle?.Number ?? throw new VoxeltronException(BrokerCodes.NoSpace, $"All {_options.Spaces} namespaces of this broker are in use. Raise --spaces, or release some.");
                _all.Remove(idle);
            }

            pool.Making++;
        }

        try
        {
            var space = await _thread.RunAsync(
                () =>
                {
                    if (idle is not null)
                    {
                        _maker.Delete(idle);
                    }

                    return _maker.Make(number, pool.Profile);
                },
                urgent: true);
            long generation;
            lock (_gate)
            {
                _all.Add(space);
                pool.Taken.Add(space);
                generation = ++_generation;
            }

            space.Begin(generation, owner);
            return (space, generation);
        }
        catch (Exception failed) when (failed is not VoxeltronException)
        {
            lock (_gate)
            {
                _numbers.Enqueue(number);
            }

            throw new VoxeltronException(BrokerCodes.Failed, failed.Message);
        }
        finally
        {
            lock (_gate)
            {
                pool.Making--;
            }

            Wake();
        }
    }

    /// <returns>False when the generation is over, or is another's.</returns>
    public bool Release(ProfilePool pool, Space space, long generation, object owner) =>
        space.TryEnd(generation, owner, () => Begin(pool, space));

    /// <summary>Whatever generation this owner has of it ends.</summary>
    public void ReleaseOwned(ProfilePool pool, Space space, object owner) => space.TryEndOf(owner, () => Begin(pool, space));

    /// <summary>All generations of the profile end, and its namespaces with them.</summary>
    public void Revoke(ProfilePool pool)
    {
        List<Space> taken;
        lock (_gate)
        {
            pool.IsRevoked = true;
            pool.Target = 0;
            taken = [.. pool.Taken];
            while (pool.Ready.TryDequeue(out var ready))
            {
                _doomed.Enqueue(ready);
            }
        }

        foreach (var space in taken)
        {
            space.TryEndOf(null, () => Begin(pool, space));
        }

        Wake();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _upkeep;
        List<Space> all;
        lock (_gate)
        {
            all = [.. _all];
            _all.Clear();
        }

        await _thread.RunAsync(
            () =>
            {
                // Every one of them is cut off before any is taken apart, which takes longer.
                foreach (var space in all)
                {
                    Attempt(() => SpaceMaker.Close(space));
                }

                foreach (var space in all)
                {
                    Attempt(() => _maker.Delete(space));
                }

                _maker.Dispose();
                return 0;
            },
            urgent: false);
        _thread.Dispose();
        _stop.Dispose();
        _wake.Dispose();
    }

    private static void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (Exception failed)
        {
            BrokerLog.Write("cleanup_failed", failed.Message);
        }
    }

    private void Wake()
    {
        // Full is as good as asked: the loop looks at everything each time.
        if (_wake.CurrentCount == 0)
        {
            try
            {
                _wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // Somebody else woke it between the two lines.
            }
            catch (ObjectDisposedException)
            {
                // It has ended; there is nothing left to keep.
            }
        }
    }
}
