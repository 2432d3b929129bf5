namespace Voxeltron.CellWorker;

/// <summary>
/// The use of one namespace, counted: whoever is given it, or shares it, disposes it once; the last one gives the namespace back, in the
/// background. Sockets opened in it die then, so they are closed before.
/// </summary>
internal sealed class SpaceLease : IDisposable
{
    private readonly SpaceStock _stock;
    private int _uses = 1;

    public SpaceLease(SpaceStock stock, string digest, int space, long generation, long epoch)
    {
        (_stock, Digest, Space, Generation, Epoch) = (stock, digest, space, generation, epoch);
    }

    /// <summary>The profile it is for.</summary>
    public string Digest { get; }

    public int Space { get; }

    public long Generation { get; }

    /// <summary>Of the connection it was taken by.</summary>
    public long Epoch { get; }

    /// <summary>The broker that gave it is gone, and the namespace with it.</summary>
    public bool IsLost => _stock.Epoch != Epoch;

    /// <summary>A connection was asked for in it: whoever has it next must find it cleaned.</summary>
    public bool WasUsed { get; private set; }

    public void Use() => WasUsed = true;

    /// <summary>For one more holder. Only somebody who holds it may share it.</summary>
    public SpaceLease Share()
    {
        ObjectDisposedException.ThrowIf(Interlocked.Increment(ref _uses) <= 1, this);
        return this;
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _uses) == 0)
        {
            // So that a share after the end is seen, however often it is tried.
            Interlocked.Exchange(ref _uses, int.MinValue / 2);
            _stock.GiveBack(this);
        }
    }
}
