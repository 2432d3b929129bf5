using System.Collections.Concurrent;
using Voxeltron.Kernel;

namespace Voxeltron.Api.Signals;

/// <summary>
/// Wakes whoever waits for a stream to move. A pulse is a hint: waiters read the database and decide. Take the pulse's task
/// BEFORE reading, then read, then await it: so a change between reading and waiting is never slept through.
/// </summary>
internal sealed class JournalSignal
{
    // No stream has it: ids are random or digests.
    private static readonly StreamId AnyStream = new(Guid.Empty);

    private readonly ConcurrentDictionary<(TenantId, StreamId), TaskCompletionSource> _waiters = new();

    /// <summary>Completes at the stream's next pulse.</summary>
    public Task Next(TenantId tenant, StreamId stream) => _waiters.GetOrAdd((tenant, stream), static _ => NewPulse()).Task;

    /// <summary>Completes when any stream of the tenant moves.</summary>
    public Task Next(TenantId tenant) => Next(tenant, AnyStream);

    public void Pulse(TenantId tenant, StreamId stream)
    {
        if (stream != AnyStream)
        {
            Pulse(tenant, AnyStream);
        }

        if (_waiters.TryRemove((tenant, stream), out var pulse))
        {
            pulse.TrySetResult();
        }
    }

    /// <summary>Something changed, or time has passed: everyone looks.</summary>
    public void PulseAll()
    {
        foreach (var key in _waiters.Keys)
        {
            Pulse(key.Item1, key.Item2);
        }
    }

    private static TaskCompletionSource NewPulse() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
