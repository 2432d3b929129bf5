using System.Collections.Concurrent;
using System.Text.Json;
using Voxeltron.Api.Http;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Missions;

/// <summary>
/// Which missions a tenant has and which inputs they declare. A spec never changes, so a found mission is remembered; one that
/// is not found is asked for again each time.
/// </summary>
internal sealed class MissionDirectory(MissionQueries missions)
{
    /// <summary>Emptied when full: then each live mission costs one more query.</summary>
    private const int MaxRemembered = 10_000;

    private readonly ConcurrentDictionary<(TenantId, MissionId), KnownMission> _remembered = new();

    /// <exception cref="ProblemException">404 when the tenant has no such mission, which is also the answer for another tenant's.</exception>
    public async ValueTask<KnownMission> GetAsync(TenantId tenant, MissionId mission, CancellationToken cancel)
    {
        if (_remembered.TryGetValue((tenant, mission), out var known))
        {
            return known;
        }

        var submitted = await missions.FindSubmittedAsync(tenant, mission, cancel)
            ?? throw new ProblemException(Problems.MissionNotFound, $"Your tenant has no mission {mission}.");
        return Remember(tenant, mission, submitted.IntentId, submitted.Payload);
    }

    /// <summary>A mission this process has just written, or read.</summary>
    /// <param name="spec">The spec's canonical bytes; null when they were erased.</param>
    public KnownMission Remember(TenantId tenant, MissionId mission, Guid intentId, byte[]? spec)
    {
        if (_remembered.Count >= MaxRemembered)
        {
            _remembered.Clear();
        }

        var known = new KnownMission(mission, intentId, Inputs(spec));
        _remembered[(tenant, mission)] = known;
        return known;
    }

    private static HashSet<string>? Inputs(byte[]? spec)
    {
        if (spec is null)
        {
            return null;
        }

        using var document = JsonDocument.Parse(spec);
        return document.RootElement.TryGetProperty("inputs", out var inputs) && inputs.ValueKind == JsonValueKind.Object
            ? [.. inputs.EnumerateObject().Select(static input => input.Name)]
            : [];
    }
}

/// <param name="Inputs">Null when the spec was erased: then only the owner can judge.</param>
internal sealed record KnownMission(MissionId Mission, Guid IntentId, IReadOnlySet<string>? Inputs)
{
    private volatile bool _admitted;

    /// <summary>Its owner took the spec: seen once, true for ever. Before, it may still be refused.</summary>
    public bool Admitted
    {
        get => _admitted;
        set => _admitted = value;
    }

    public void RequireInput(string input)
    {
        if (Inputs is not null && !Inputs.Contains(input))
        {
            var declared = Inputs.Count == 0 ? "none" : string.Join(", ", Inputs.Order(StringComparer.Ordinal));
            throw new ProblemException(Problems.UnknownInput, $"{Mission} has no input '{input}'; it declares: {declared}.")
            {
                Members = [new("mission_id", Mission.ToString())],
            };
        }
    }
}
