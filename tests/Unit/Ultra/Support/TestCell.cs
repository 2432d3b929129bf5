using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>A cell as the log sees it: an id, a key, and the entries it has not sealed.</summary>
public sealed class TestCell(int number)
{
    public CellId Id { get; } = new(TestKeys.Id(0x2000 + number));

    public Ed25519Signer Signer { get; } = TestKeys.Signer((byte)(0x80 + number));

    public string Actor => Actors.Cell(Id);

    public List<Entry> Unsealed { get; } = [];
}
