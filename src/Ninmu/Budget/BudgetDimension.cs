namespace Voxeltron.Ninmu;

/// <summary>What a mission's budget is kept in. The numbers stand in snapshots and never change.</summary>
public enum BudgetDimension
{
    /// <summary>Milliseconds cells spent in handlers, by the host's clock.</summary>
    CellMs = 0,

    /// <summary>Wasmtime fuel, exact.</summary>
    Fuel = 1,

    /// <summary>Memory of cells that wait awake and of instances kept ready, in MiB, times the milliseconds they had it.</summary>
    WarmMibMs = 2,

    /// <summary>Cells booted, or tried to.</summary>
    Boots = 3,
    TokensIn = 4,
    TokensOut = 5,

    /// <summary>Bodies of requests and of their answers.</summary>
    EgressBytes = 6,

    /// <summary>Tasks begun; a later attempt of one is not another.</summary>
    Tasks = 7,
}

public static class BudgetDimensions
{
    public const int Count = 8;

    private static readonly string[] s_words = ["cell_ms", "fuel", "warm_mib_ms", "boots", "tokens_in", "tokens_out", "egress_bytes", "tasks"];

    /// <summary>The words of a spec, in the order of the enum.</summary>
    public static IReadOnlyList<string> Words => s_words;

    /// <summary>As specs, entries and rows have it.</summary>
    public static string Word(this BudgetDimension dimension) => s_words[(int)dimension];

    public static bool TryParse(string? word, out BudgetDimension dimension)
    {
        var index = Array.IndexOf(s_words, word);
        dimension = (BudgetDimension)Math.Max(index, 0);
        return index >= 0;
    }
}
