using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Entries one turn of a writer section appended, with all that must become durable in the same transaction. A group is
/// never split across commits: an intent and its refusal, an action and the rows it projects, stand or fall together.
/// </summary>
/// <param name="AppendedAt">When its first entry was appended: a timestamp, from which age counts.</param>
internal sealed record EntryGroup(
    IReadOnlyList<Entry> Entries,
    IReadOnlyList<ActorSeal> ActorSeals,
    IReadOnlyList<CellSealRequest> CellSeals,
    StreamProjection Projection,
    long Bytes,
    long AppendedAt);

/// <summary>An intent that became the entry at <paramref name="Seq"/>: its signature is that entry's seal.</summary>
internal readonly record struct ActorSeal(Intent Intent, long Seq);

/// <summary>A cell's own entries since its last seal, to be signed with its key in this commit. Holds a share of the key until released.</summary>
internal sealed record CellSealRequest(CellKey Key, SealedRange Range)
{
    /// <summary>The commit is over, or will never be. Once.</summary>
    public void Release() => Key.Dispose();
}
