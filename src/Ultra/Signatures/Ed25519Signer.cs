using NSec.Cryptography;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A process's own key: root, CA, host, Api, Sre, operator, log. For the many keys of cells see <see cref="CellKeyring"/>.</summary>
public sealed class Ed25519Signer : ISigner, IDisposable
{
    private readonly Key _key;

    /// <param name="seed">32 secret bytes from a cryptographic source. Copied into guarded memory; the caller clears its own.</param>
    public Ed25519Signer(ReadOnlySpan<byte> seed)
    {
        _key = Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey);
        PublicKey = _key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
        KeyId = KeyId.Of(PublicKey);
    }

    public KeyId KeyId { get; }

    public byte[] PublicKey { get; }

    public byte[] Sign(ReadOnlySpan<byte> message) => SignatureAlgorithm.Ed25519.Sign(_key, message);

    public void Dispose() => _key.Dispose();
}
