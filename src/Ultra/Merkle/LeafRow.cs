using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A commit's place in the fabric-wide Merkle log; a row of <c>journal.leaf</c>.</summary>
/// <param name="Index">Dense, from 0.</param>
/// <param name="Leaf">RFC 6962 leaf hash over the commit's statement and signature.</param>
public sealed record LeafRow(long Index, HostId Host, long CommitNumber, byte[] Leaf);
