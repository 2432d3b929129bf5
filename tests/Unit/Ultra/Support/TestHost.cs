using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>A worker host as the log sees it: an id, a key, and a numbered chain of commits.</summary>
public sealed class TestHost(int number)
{
    public HostId Id { get; } = new(TestKeys.Id(0x1000 + number));

    public Ed25519Signer Signer { get; } = TestKeys.Signer((byte)(0x40 + number));

    public string Actor => Actors.Host(Id);

    public long Commits { get; set; }

    public byte[] Link { get; set; } = CommitBuilder.FirstPrevious;
}
