using System.Text.Json;
using Voxeltron.Api.Http;
using Voxeltron.Api.Missions;
using Voxeltron.Kernel;

namespace Voxeltron.Api.Modules;

/// <summary>The body of …:reload, <c>{"to":"…","missions":["mission_…"]}</c>, and of …:rollback, which may be left out or have <c>missions</c> alone.</summary>
/// <param name="To">Null: a rollback.</param>
/// <param name="Missions">Null: every mission that runs the module.</param>
internal sealed record ReloadOrder(ModuleDigest? To, IReadOnlyList<MissionId>? Missions)
{
    /// <summary>Missions one request may reload: each is an intent of its own.</summary>
    public const int MaxMissions = 1_000;

    public const int MaxBodyBytes = 64 * 1024;

    public static ReloadOrder Parse(byte[] json, bool isRollback)
    {
        if (isRollback && json.Length == 0)
        {
            return new ReloadOrder(null, null);
        }

        if (json.Length == 0)
        {
            throw new ProblemException(Problems.BodyEmpty, "Send {\"to\":\"<module digest>\"} as the body.");
        }

        using var document = JsonDocument.Parse(SpecCheck.Canonicalize(json));
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new ProblemException(Problems.JsonNotObject, "A reload is asked for by one JSON object.");
        }

        ModuleDigest? to = null;
        IReadOnlyList<MissionId>? missions = null;
        foreach (var member in document.RootElement.EnumerateObject())
        {
            switch (member.Name)
            {
                case "to" when !isRollback:
                    to = member.Value.ValueKind == JsonValueKind.String && ModuleDigest.IsValid(member.Value.GetString())
                        ? new ModuleDigest(member.Value.GetString()!)
                        : throw ProblemException.Parameter("to", "give the digest of a registered module: 64 lower-case hex digits");
                    break;
                case "missions":
                    missions = Ids(member.Value);
                    break;
                default:
                    throw ProblemException.Parameter(member.Name, isRollback ? "is not known here; a rollback has missions alone" : "is not known here; a reload has to and missions");
            }
        }

        return isRollback || to is not null ? new ReloadOrder(to, missions) : throw ProblemException.Parameter("to", "give the digest of the module that is to run");
    }

    private static List<MissionId> Ids(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MaxMissions)
        {
            throw ProblemException.Parameter("missions", $"give a list of 1 to {MaxMissions} mission ids, or leave it out for all");
        }

        var missions = new List<MissionId>();
        foreach (var item in list.EnumerateArray())
        {
            missions.Add(item.ValueKind == JsonValueKind.String ? Parameters.Mission(item.GetString()) : throw ProblemException.Parameter("missions", "give mission ids as strings"));
        }

        return missions;
    }
}
