using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>One cell's key, lent by a <see cref="CellKeyring"/> for the cell's life. Disposing it zeroes the secret and frees the slot.</summary>
public sealed unsafe class CellKey : ISigner, IDisposable
{
    // Guards _secret against a release while a signature is being made: a slot must never sign for its next owner.
    private readonly Lock _gate = new();
    private readonly CellKeyring _owner;
    private byte* _secret;
    private int _holders = 1;

    internal CellKey(CellKeyring owner, int slot, byte* secret, byte[] publicKey)
    {
        _owner = owner;
        Slot = slot;
        _secret = secret;
        PublicKey = publicKey;
        KeyId = KeyId.Of(publicKey);
    }

    public KeyId KeyId { get; }

    public byte[] PublicKey { get; }

    internal int Slot { get; }

    // Hot path: per cell seal; ~30 µs in libsodium, one allocation for the signature.
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        var signature = new byte[Ed25519.SignatureBytes];
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_secret is null, this);
            fixed (byte* s = signature)
            fixed (byte* m = message)
            {
                byte none = 0;
                if (Sodium.SignDetached(s, null, m is null ? &none : m, (ulong)message.Length, _secret) != 0)
                {
                    throw new InvariantException("libsodium refused to sign.");
                }
            }
        }

        return signature;
    }

    /// <summary>One more holder, who disposes it too: a seal that was asked for may be signed after its cell has ended.</summary>
    public CellKey Share()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_secret is null, this);
            _holders++;
            return this;
        }
    }

    /// <summary>Each holder once; the last one's zeroes the secret.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_holders == 0 || --_holders > 0)
            {
                return;
            }
        }

        if (Forget())
        {
            _owner.Reclaim(Slot);
        }
    }

    /// <returns>True for the one call that took the secret away.</returns>
    internal bool Forget()
    {
        lock (_gate)
        {
            if (_secret is null)
            {
                return false;
            }

            Sodium.Zero(_secret, Sodium.SecretKeyBytes);
            _secret = null;
            return true;
        }
    }
}
