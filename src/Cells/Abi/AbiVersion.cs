namespace Voxeltron.Cells;

/// <summary>The guest interface this host speaks; docs/abi.md is its text.</summary>
public static class AbiVersion
{
    public const string Name = "vx v1-draft";

    /// <summary>What <c>vx_abi_version</c> must return.</summary>
    public const int Number = 1;
}
