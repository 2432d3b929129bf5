namespace Voxeltron.Tests.Support.Histories;

[Flags]
internal enum EdgeKinds
{
    None = 0,

    /// <summary>The target wrote the version after the source's.</summary>
    WriteWrite = 1,

    /// <summary>The target read the version the source wrote.</summary>
    WriteRead = 2,

    /// <summary>The target wrote the version after the one the source read.</summary>
    ReadWrite = 4,

    /// <summary>The source was answered before the target was invoked.</summary>
    Realtime = 8,

    /// <summary>Out of a node that is no operation: goes on with the kind of the edge that led there.</summary>
    Onward = 16,
}

/// <summary>"Source before target". Key and Version say why, in the terms of whoever made the edge.</summary>
internal readonly record struct Edge(int Source, int Target, EdgeKinds Kind, int Key, int Version);

/// <summary>One edge of a cycle between operations, with nodes that are no operations taken out.</summary>
internal readonly record struct Step(int Source, int Target, EdgeKinds Kind, int Key, int Version);
