using Voxeltron.Cells;

namespace Voxeltron.Tests.Unit.Cells;

internal sealed class FixedSeed(params byte[] seed) : ISeedSource
{
    public byte[] Seed() => seed;
}
