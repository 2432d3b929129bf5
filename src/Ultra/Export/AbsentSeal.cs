using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>
/// Of a stream that is not in a partial log, the one thing the root of a commit needs: the leaf of its host seal. It tells
/// nothing of the stream, not even its name.
/// </summary>
/// <param name="Position">Of the stream among those of the commit, from 0, in <see cref="StreamRef"/> order.</param>
/// <param name="Leaf">RFC 6962 leaf hash of the seal's statement.</param>
public sealed record AbsentSeal(HostId Host, long CommitNumber, int Position, byte[] Leaf);
