using System.Globalization;
using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <summary>
/// How evenly cells with the same work got their turns in a window: Jain's index of their counts, (Σx)² / (n·Σx²), which is 1 when all are equal
/// and k/n when k of n share everything; and the least, the middle and the most served.
/// </summary>
public readonly record struct Fairness(double Jain, long Min, long Median, long Max)
{
    /// <param name="counts">Of the cells that had any.</param>
    /// <param name="cells">All of them: who had none counts as none.</param>
    public static Fairness Of(IEnumerable<long> counts, int cells)
    {
        var all = counts.Order().ToList();
        all.InsertRange(0, Enumerable.Repeat(0L, cells - all.Count));
        var (sum, squares) = (all.Sum(static count => (double)count), all.Sum(static count => (double)count * count));
        return new Fairness(squares == 0 ? double.NaN : sum * sum / (all.Count * squares), all[0], all[(all.Count - 1) / 2], all[^1]);
    }

    public JsonObject ToJson() => new() { ["jain"] = Figures.Number(Jain), ["min"] = Min, ["median"] = Median, ["max"] = Max };

    public string Text() => string.Create(CultureInfo.InvariantCulture, $"{Jain:0.0000}  {Min}  {Median}  {Max}");
}
