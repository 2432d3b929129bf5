using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A key that signs. The seam where P-256 or an HSM may enter.</summary>
public interface ISigner
{
    KeyId KeyId { get; }

    byte[] PublicKey { get; }

    byte[] Sign(ReadOnlySpan<byte> message);
}
