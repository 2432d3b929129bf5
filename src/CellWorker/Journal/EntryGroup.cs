using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Entries one turn of a writer section appended, with all that must become durable in the same transaction. A group is
/// never split across commits: an intent and its refusal, an action and the rows it projects, stand or fall together.
/// </summary>
internal sealed record EntryGroup(
    IReadOnlyList<Entry> Entries,
    IReadOnlyList<ActorSeal> ActorSeals,
    IReadOnlyList<CellSealRequest> CellSeals,
    StreamProjection Projection,
    long Bytes);

/// <summary>The signature an intent arrived with; it becomes the seal of the entry at <paramref name="Seq"/>.</summary>
internal readonly record struct ActorSeal(long Seq, KeyId Signer, byte[] Signature);

/// <summary>A cell's own entries since its last seal, to be signed with its key in the commit that carries them; the key is wiped afterwards.</summary>
internal sealed record CellSealRequest(CellKey Key, long FirstSeq, long LastSeq, IReadOnlyList<byte[]> Chains);
