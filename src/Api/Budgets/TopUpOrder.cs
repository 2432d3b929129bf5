using System.Text.Json;
using Voxeltron.Api.Http;
using Voxeltron.Api.Missions;

namespace Voxeltron.Api.Budgets;

/// <summary>The body of …:topup, <c>{"more":{"fuel":1000000}}</c>. Which dimensions there are, the owner of the mission knows.</summary>
internal sealed record TopUpOrder(IReadOnlyList<KeyValuePair<string, long>> More)
{
    public const int MaxBodyBytes = 4 * 1024;

    /// <summary>The largest integer that every reader of JSON reads alike.</summary>
    private const long Most = (1L << 53) - 1;

    public static TopUpOrder Parse(byte[] json)
    {
        if (json.Length == 0)
        {
            throw new ProblemException(Problems.BodyEmpty, "Send {\"more\":{\"fuel\":1000000}} as the body.");
        }

        using var document = JsonDocument.Parse(SpecCheck.Canonicalize(json));
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new ProblemException(Problems.JsonNotObject, "A top-up is one JSON object.");
        }

        var more = new List<KeyValuePair<string, long>>();
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (member.Name != "more" || member.Value.ValueKind != JsonValueKind.Object)
            {
                throw ProblemException.Parameter(member.Name, "a top-up has one member, more: an object of amounts by dimension");
            }

            foreach (var amount in member.Value.EnumerateObject())
            {
                more.Add(new(Parameters.Name("more", amount.Name), Amount(amount)));
            }
        }

        return more.Count > 0 ? new TopUpOrder(more) : throw ProblemException.Parameter("more", "name at least one dimension: {\"more\":{\"fuel\":1000000}}");
    }

    private static long Amount(JsonProperty amount) =>
        amount.Value.ValueKind == JsonValueKind.Number && amount.Value.TryGetInt64(out var value) && value is > 0 and <= Most
            ? value
            : throw ProblemException.Parameter("more." + amount.Name, $"give a whole number from 1 to {Most}");
}
