using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

/// <summary>Whom a model call is for: the cheapest of those that would do. Pure; what is out and what time it is are told.</summary>
public static class ModelRouter
{
    /// <param name="catalog">Null: nobody was declared.</param>
    /// <param name="airGap">Nobody outside is asked.</param>
    /// <param name="isOut">The provider of that name is not to be asked now.</param>
    public static ModelRoute Route(ModelCatalog? catalog, in ModelNeed need, bool airGap, long nowUs, Func<string, bool> isOut)
    {
        if (catalog is null || nowUs >= catalog.NotAfterUs)
        {
            return new ModelRoute([], [], ModelCodes.NoProvider);
        }

        List<ModelProvider> candidates = [], resting = [];
        var isCut = false;
        foreach (var provider in catalog.Providers)
        {
            if (!provider.Suffices(need))
            {
                continue;
            }

            if (airGap && provider.IsExternal)
            {
                isCut = true;
                continue;
            }

            (isOut(provider.Name) ? resting : candidates).Add(provider);
        }

        var worst = need;
        candidates.Sort((one, other) => Compare(one, other, worst));
        resting.Sort((one, other) => Compare(one, other, worst));
        var code = candidates.Count > 0 ? null : isCut ? ModelCodes.AirGapped : resting.Count > 0 ? ModelCodes.Failed : ModelCodes.NoProvider;
        return new ModelRoute(candidates, resting, code);
    }

    /// <summary>By what the call may cost at worst; what is ours before what is not; by name, so that there is one order.</summary>
    private static int Compare(ModelProvider one, ModelProvider other, in ModelNeed need)
    {
        var price = one.Price.Exactly(need.InputTokens, need.MaxTokens).CompareTo(other.Price.Exactly(need.InputTokens, need.MaxTokens));
        return price != 0 ? price : one.IsExternal != other.IsExternal ? one.IsExternal.CompareTo(other.IsExternal) : string.CompareOrdinal(one.Name, other.Name);
    }
}

/// <param name="Candidates">To be tried in this order.</param>
/// <param name="Resting">Would do, and are out. In the same order.</param>
/// <param name="Code">Why there are no candidates; null where there are.</param>
public sealed record ModelRoute(IReadOnlyList<ModelProvider> Candidates, IReadOnlyList<ModelProvider> Resting, string? Code);
