using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Ninmu.Models;

/// <summary>Goal: a call goes to the cheapest of those that would do, and to nobody else. Method: random catalogues against a reference that tries every provider and every order; the seed is printed.</summary>
public sealed class ModelRouterTests(ITestOutputHelper output)
{
    private static readonly string[] s_classes = ["small", "clinical", "code"];

    [Fact]
    public void Random_catalogues_agree_with_a_reference_that_tries_everything()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 3_000; round++)
        {
            var providers = Enumerable.Range(0, random.Next(7)).Select(i => Provider(random, $"p{i}")).ToList();
            var catalog = new ModelCatalog(new TenantId("acme"), 1, NotAfterUs: 100, [.. providers.OrderBy(_ => random.Next())]);
            var need = new ModelNeed(s_classes[random.Next(s_classes.Length)], random.Next(200), 1 + random.Next(100));
            var (airGap, nowUs) = (random.Next(2) == 0, random.Next(10) == 0 ? 100L : 99L);
            var resting = providers.Where(_ => random.Next(4) == 0).Select(static one => one.Name).ToHashSet();

            var route = ModelRouter.Route(catalog, need, airGap, nowUs, resting.Contains);

            Assert.Equal(Reference(providers, need, airGap, nowUs, resting), [.. route.Candidates.Select(static one => one.Name), route.Code ?? ""]);
            Assert.All(route.Resting, one => Assert.Contains(one.Name, resting));
            Assert.All(route.Resting, one => Assert.True(one.Suffices(need) && !(airGap && one.IsExternal)));
        }
    }

    [Fact]
    public void Nobody_was_declared() => Assert.Equal(ModelCodes.NoProvider, ModelRouter.Route(null, new ModelNeed("small", 1, 1), airGap: false, 0, static _ => false).Code);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    [InlineData(262_144, 87_382)]
    public void Tokens_are_estimated_as_a_third_of_the_bytes_rounded_up(int bytes, int tokens) => Assert.Equal(tokens, ModelTokens.Estimate(bytes));

    [Theory]
    [InlineData(0, 0, 7, 9, 0)]
    [InlineData(1, 0, 1, 0, 1)]
    [InlineData(1000, 1000, 150, 600, 750)]
    [InlineData(1001, 1, 1, 1, 2)]
    [InlineData(long.MaxValue, long.MaxValue, long.MaxValue, 1, 9007199254740991)]
    public void A_price_is_rounded_up_and_overflows_nowhere(long tokensIn, long tokensOut, long input, long output, long cost) =>
        Assert.Equal(cost, new ModelPrice(input, output).Of(tokensIn, tokensOut));

    /// <summary>Picks the best of what is left, one by one, by looking at each pair.</summary>
    private static IEnumerable<string> Reference(List<ModelProvider> providers, ModelNeed need, bool airGap, long nowUs, HashSet<string> resting)
    {
        List<ModelProvider> would = nowUs >= 100 ? [] : [.. providers.Where(one =>
            one.Classes.Contains(need.Class) && need.InputTokens + need.MaxTokens <= one.ContextTokens && need.MaxTokens <= one.MaxOutputTokens)];
        var left = would.Where(one => !(airGap && one.IsExternal) && !resting.Contains(one.Name)).ToList();
        if (left.Count == 0)
        {
            return [airGap && would.Exists(static one => one.IsExternal) ? ModelCodes.AirGapped : would.Count > 0 ? ModelCodes.Failed : ModelCodes.NoProvider];
        }

        var order = new List<string>();
        while (left.Count > 0)
        {
            var best = left.Single(one => left.TrueForAll(other => ReferenceEquals(one, other) || IsBetter(one, other, need)));
            order.Add(best.Name);
            left.Remove(best);
        }

        return [.. order, ""];
    }

    private static bool IsBetter(ModelProvider one, ModelProvider other, ModelNeed need)
    {
        decimal Cost(ModelProvider of) => ((decimal)need.InputTokens * of.Price.InputMicroPer1k) + ((decimal)need.MaxTokens * of.Price.OutputMicroPer1k);
        return Cost(one) != Cost(other) ? Cost(one) < Cost(other)
            : one.IsExternal != other.IsExternal ? other.IsExternal
            : string.CompareOrdinal(one.Name, other.Name) < 0;
    }

    private static ModelProvider Provider(Random random, string name)
    {
        Assert.True(EgressUrl.TryParse("https://m.example/v1/chat/completions", out var url));
        return new ModelProvider(
            name, random.Next(2) == 0, url, "m", [.. s_classes.Where(_ => random.Next(3) > 0)], 100 + random.Next(300), 1 + random.Next(100),
            new ModelPrice(random.Next(4), random.Next(4)), 1000, null);
    }
}
