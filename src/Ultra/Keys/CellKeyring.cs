using System.Runtime.InteropServices;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>
/// Keys for cells, made ahead of their boot. All secrets lie in one arena, locked in memory where the system allows it:
/// an NSec key would cost four memory mappings and 10 KiB each, and a host runs thousands of cells.
/// </summary>
/// <remarks>
/// Thread-safe. A slot is empty (zeroed), ready (a fresh key waits) or lent (a <see cref="CellKey"/> holds it):
/// <code>
/// empty --Refill--> ready --Acquire--> lent --CellKey.Dispose--> empty
/// </code>
/// </remarks>
public sealed unsafe class CellKeyring : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SeedSource _seeds;

    // All below are guarded by _gate. A slot number is on one of the stacks, or its key is in _lent, or one Refill holds it.
    private readonly Stack<int> _empty;
    private readonly Stack<CellKey> _ready;
    private readonly CellKey?[] _lent;
    private byte* _arena;
    private int _filling;
    private bool _disposed;

    /// <param name="capacity">Keys that can exist at once; at least the cells the host may run.</param>
    /// <param name="seeds">A cryptographic random source.</param>
    public CellKeyring(int capacity, SeedSource seeds)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        if (Sodium.Init() < 0)
        {
            throw new InvariantException("libsodium could not be initialised.");
        }

        Capacity = capacity;
        _seeds = seeds;
        _lent = new CellKey?[capacity];
        _ready = new Stack<CellKey>(capacity);
        _empty = new Stack<int>(capacity);
        for (var slot = capacity - 1; slot >= 0; slot--)
        {
            _empty.Push(slot);
        }

        _arena = (byte*)NativeMemory.AlignedAlloc(ArenaBytes, (nuint)Environment.SystemPageSize);
        IsLocked = Sodium.Lock(_arena, ArenaBytes) == 0;
        Sodium.Zero(_arena, ArenaBytes);
    }

    public int Capacity { get; }

    /// <summary>False when the system refused to lock the arena: keys work, but could reach swap. Say so in the host's log.</summary>
    public bool IsLocked { get; }

    /// <summary>Fresh keys that wait for a cell.</summary>
    public int Ready
    {
        get
        {
            lock (_gate)
            {
                return _ready.Count;
            }
        }
    }

    /// <summary>Keys somebody holds.</summary>
    public int Lent
    {
        get
        {
            lock (_gate)
            {
                return Capacity - _ready.Count - _empty.Count - _filling;
            }
        }
    }

    /// <summary>A key can be had.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_gate)
            {
                return _ready.Count + _empty.Count > 0;
            }
        }
    }

    // Whole pages, so that locking touches nothing of our neighbours.
    private nuint ArenaBytes => (nuint)((((long)Capacity * Sodium.SecretKeyBytes) + Environment.SystemPageSize - 1)
        / Environment.SystemPageSize * Environment.SystemPageSize);

    /// <summary>A fresh key: a waiting one in well under a microsecond, else one made now (~20 µs).</summary>
    /// <exception cref="VoxeltronException"><c>cell_keys_exhausted</c>: as many keys are lent as there are slots.</exception>
    public CellKey Acquire()
    {
        int slot;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_ready.TryPop(out var key))
            {
                return Lend(key);
            }

            if (!_empty.TryPop(out slot))
            {
                throw new VoxeltronException("cell_keys_exhausted", $"All {Capacity} cell keys are in use; stop cells or raise the host's cell capacity.");
            }

            _filling++;
        }

        var made = Make(slot);
        lock (_gate)
        {
            _filling--;
            if (_disposed)
            {
                Abandon(made);
                throw new ObjectDisposedException(nameof(CellKeyring));
            }

            return Lend(made);
        }
    }

    /// <summary>Makes keys until <paramref name="target"/> wait, or no slot is empty. Call it off the boot path.</summary>
    /// <returns>How many were made.</returns>
    public int Refill(int target, CancellationToken ct = default)
    {
        for (var made = 0; ; made++)
        {
            int slot;
            lock (_gate)
            {
                if (_disposed || ct.IsCancellationRequested || _ready.Count >= target || !_empty.TryPop(out slot))
                {
                    return made;
                }

                _filling++;
            }

            var key = Make(slot);
            lock (_gate)
            {
                _filling--;
                if (_disposed)
                {
                    Abandon(key);
                    return made;
                }

                _ready.Push(key);
            }
        }
    }

    /// <summary>Takes every key back, lent ones too, and zeroes the arena.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            foreach (var key in _lent)
            {
                key?.Forget();
            }

            while (_ready.TryPop(out var key))
            {
                key.Forget();
            }

            FreeWhenIdle();
        }
    }

    /// <summary>Called by a key that has zeroed its slot.</summary>
    internal void Reclaim(int slot)
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _lent[slot] = null;
                _empty.Push(slot);
            }
        }
    }

    private CellKey Lend(CellKey key)
    {
        _lent[key.Slot] = key;
        return key;
    }

    private CellKey Make(int slot)
    {
        Span<byte> seed = stackalloc byte[Ed25519.SeedBytes];
        _seeds(seed);
        var publicKey = new byte[Ed25519.PublicKeyBytes];
        var secret = _arena + ((long)slot * Sodium.SecretKeyBytes);
        fixed (byte* s = seed)
        fixed (byte* p = publicKey)
        {
            var rc = Sodium.SeedKeyPair(p, secret, s);
            Sodium.Zero(s, Ed25519.SeedBytes);
            if (rc != 0)
            {
                throw new InvariantException("libsodium could not make a key pair.");
            }
        }

        return new CellKey(this, slot, secret, publicKey);
    }

    // The keyring was disposed while this key was being made.
    private void Abandon(CellKey key)
    {
        key.Forget();
        FreeWhenIdle();
    }

    // The arena outlives Dispose for as long as someone still writes a key into it.
    private void FreeWhenIdle()
    {
        if (_filling == 0 && _arena is not null)
        {
            if (IsLocked)
            {
                _ = Sodium.Unlock(_arena, ArenaBytes);
            }

            NativeMemory.AlignedFree(_arena);
            _arena = null;
        }
    }
}
