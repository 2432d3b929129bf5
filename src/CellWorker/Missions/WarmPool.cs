using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;

namespace Voxeltron.CellWorker;

/// <summary>
/// Instances a mission keeps ready, by module and profile, as many as its spec asks for: a boot takes one instead of making one. The key of
/// the pool begins with tenant and mission, since this is one mission's; tables and policy are its spec's. Whoever finds none boots
/// cold. They are made between other work while the host has slots to spare, and are the first to go when it has not. Belongs to the
/// writer section.
/// </summary>
internal sealed class WarmPool(CellEngine engine, WarmBudget budget) : IDisposable
{
    /// <summary>Made in one turn: some 40 µs each.</summary>
    private const int MadePerTurn = 16;

    private readonly Dictionary<(ModuleDigest Module, string Profile), Stack<ReadyInstance>> _ready = [];

    /// <summary>Instances that are ready.</summary>
    public int Count { get; private set; }

    /// <summary>Linear memory of those that are ready.</summary>
    public long Bytes => _ready.Values.Sum(static stack => stack.Sum(static ready => ready.MemoryBytes));

    // Hot path: per boot.
    public ReadyInstance? TryTake(CellModule module, CellProfile profile)
    {
        if (Count == 0 || !_ready.TryGetValue((module.Digest, profile.Name), out var stack) || !stack.TryPop(out var ready))
        {
            return null;
        }

        Count--;
        return ready;
    }

    /// <summary>Makes what is missing, as much as one turn may take.</summary>
    /// <param name="current">The version a declared module runs in; null while it cannot be booted.</param>
    /// <returns>Whether more is missing and could be made now.</returns>
    public bool Fill(MissionSpec spec, Func<ModuleDigest, CellModule?> current)
    {
        if (spec.Warm.Count == 0)
        {
            return false;
        }

        var made = 0;
        foreach (var task in spec.Tasks)
        {
            var wanted = spec.Warm.GetValueOrDefault(task.Profile.Name);
            if (wanted == 0 || current(task.Module) is not { } module)
            {
                continue;
            }

            var stack = Stack((module.Digest, task.Profile.Name));
            for (; stack.Count < wanted; made++)
            {
                if (!budget.HasSpare)
                {
                    return false;
                }

                if (made == MadePerTurn)
                {
                    return true;
                }

                if (Make(module, task.Profile) is not { } ready)
                {
                    // A full host, or a module that does not fit its profile: the boots of its tasks say so.
                    return false;
                }

                stack.Push(ready);
                Count++;
            }
        }

        return false;
    }

    /// <summary>Frees the slot of one, for somebody who has something to do.</summary>
    public bool GiveBack()
    {
        foreach (var stack in _ready.Values)
        {
            if (stack.TryPop(out var ready))
            {
                ready.Dispose();
                Count--;
                return true;
            }
        }

        return false;
    }

    /// <summary>Those of versions that are not booted any more are let go.</summary>
    public void Keep(IEnumerable<ModuleDigest> modules)
    {
        if (_ready.Count == 0)
        {
            return;
        }

        var kept = modules.ToHashSet();
        foreach (var key in _ready.Keys.Where(key => !kept.Contains(key.Module)).ToList())
        {
            _ready.Remove(key, out var stack);
            Count -= stack!.Count;
            foreach (var ready in stack)
            {
                ready.Dispose();
            }
        }
    }

    public void Dispose() => Keep([]);

    private ReadyInstance? Make(CellModule module, CellProfile profile)
    {
        try
        {
            return ReadyInstance.Make(engine, module, profile);
        }
        catch (CellBootException)
        {
            return null;
        }
    }

    private Stack<ReadyInstance> Stack((ModuleDigest, string) key)
    {
        if (!_ready.TryGetValue(key, out var stack))
        {
            _ready.Add(key, stack = new Stack<ReadyInstance>());
        }

        return stack;
    }
}
