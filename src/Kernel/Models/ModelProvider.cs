namespace Voxeltron.Kernel;

/// <summary>Somebody who answers model calls, as an operator declared it (docs/models.md): an OpenAI-compatible server, our own or somebody else's.</summary>
/// <param name="Name">Unique in its catalogue.</param>
/// <param name="IsExternal">What is asked leaves the house: an air gap cuts it.</param>
/// <param name="Url">Where <c>chat/completions</c> is asked.</param>
/// <param name="Model">The name it is asked for by.</param>
/// <param name="Classes">What it is good enough for. At least one.</param>
/// <param name="ContextTokens">Input and output together.</param>
/// <param name="MaxOutputTokens">At most <paramref name="ContextTokens"/>.</param>
/// <param name="TimeoutMs">Of one try, from leaving the fabric to the last byte.</param>
/// <param name="Key">Name of the secret that is sent with each request; null: none is.</param>
public sealed record ModelProvider(
    string Name, bool IsExternal, EgressUrl Url, string Model, IReadOnlyList<string> Classes, int ContextTokens, int MaxOutputTokens, ModelPrice Price, int TimeoutMs, string? Key)
{
    /// <summary>It is good enough, and what is asked and may be answered fits.</summary>
    public bool Suffices(in ModelNeed need) =>
        need.MaxTokens <= MaxOutputTokens && (long)need.InputTokens + need.MaxTokens <= ContextTokens && Classes.Contains(need.Class);
}

/// <summary>What tokens cost, in millionths of the operator's currency unit for each thousand.</summary>
public readonly record struct ModelPrice(long InputMicroPer1k, long OutputMicroPer1k)
{
    /// <summary>So that no sum of one call leaves 64 bits.</summary>
    public const long MostMicroPer1k = 1_000_000_000_000;

    /// <summary>Millionths of a currency unit, rounded up. No more than JSON's integers can say: a price that absurd must not stop whoever writes it down.</summary>
    public long Of(long tokensIn, long tokensOut) => (long)Int128.Min((Exactly(tokensIn, tokensOut) + 999) / 1000, MostCost);

    private const long MostCost = (1L << 53) - 1;

    /// <summary>In thousandths of those: what prices are compared by.</summary>
    public Int128 Exactly(long tokensIn, long tokensOut) => ((Int128)tokensIn * InputMicroPer1k) + ((Int128)tokensOut * OutputMicroPer1k);
}

/// <summary>What one call needs of a provider.</summary>
/// <param name="InputTokens">By <see cref="ModelTokens.Estimate"/>.</param>
/// <param name="MaxTokens">Of the answer.</param>
public readonly record struct ModelNeed(string Class, int InputTokens, int MaxTokens);

/// <summary>How tokens are counted where nobody counted them.</summary>
public static class ModelTokens
{
    /// <summary>A third of the UTF-8 bytes, rounded up: more than the tokenizers of common models make of running text, so that what is let through fits.</summary>
    public static int Estimate(int utf8Bytes) => (utf8Bytes + 2) / 3;
}

/// <summary>A tenant's providers, as an operator signed them.</summary>
/// <param name="Serial">A higher one of the same tenant takes the place of the lower ones.</param>
/// <param name="NotAfterUs">Nobody in it is asked from then on. Unix microseconds.</param>
public sealed record ModelCatalog(TenantId Tenant, int Serial, long NotAfterUs, IReadOnlyList<ModelProvider> Providers);

/// <summary>What cells of a profile may ask models for.</summary>
/// <param name="Classes">Empty: nothing.</param>
/// <param name="MaxTokens">Of one answer.</param>
public sealed record ModelGrant(IReadOnlyList<string> Classes, int MaxTokens)
{
    public static readonly ModelGrant None = new([], 0);

    public const int MostClasses = 16;

    /// <summary>Tokens of one answer, and of a provider's context.</summary>
    public const int MostTokens = 10_000_000;

    public bool IsNone => Classes.Count == 0;

    /// <summary>Name of a class, a provider or a key: 1 to 64 of a-z, 0-9, '-', '_' and '.', and a letter or digit first.</summary>
    public static bool IsName(string name)
    {
        if (name.Length is 0 or > Limits.NameLength || !(char.IsAsciiLetterLower(name[0]) || char.IsAsciiDigit(name[0])))
        {
            return false;
        }

        foreach (var character in name)
        {
            if (!char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character is not ('-' or '_' or '.'))
            {
                return false;
            }
        }

        return true;
    }
}
