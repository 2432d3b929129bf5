using System.Text.Json.Serialization;
using Voxeltron.Postgres;

namespace Voxeltron.Sre;

/// <summary>Something an operator may want to look at. A threshold was crossed; no model was asked.</summary>
/// <param name="Code">Stable name.</param>
/// <param name="Detail">Figures behind it.</param>
internal sealed record Concern(string Code, string Detail);

/// <summary>What the operator saw in one round. Counts only: this is shown without a key.</summary>
/// <param name="Mode">Always <c>shadow</c> here: it looks and says, and can change nothing.</param>
/// <param name="ChatModel">Null: no chat model is configured.</param>
/// <param name="Functions">Kernel functions invoked in this round.</param>
internal sealed record ShadowView(
    string Mode,
    string? ChatModel,
    DateTime TimeGathered,
    double GatherMs,
    IReadOnlyList<string> Functions,
    HostsSeen Hosts,
    int StuckMissions,
    IReadOnlyList<AbortCount> AbortsByCode,
    InboxBacklog Inbox,
    CommitLag Commits,
    OwnerlessStreams Ownerless,
    IReadOnlyList<Concern> Concerns);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ShadowView))]
internal sealed partial class SreJson : JsonSerializerContext;
