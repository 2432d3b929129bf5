using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.Replay;

/// <summary>What a replay re-executed and what it found. Clean only if nothing diverged.</summary>
public sealed class ReplayReport
{
    public long Entries { get; set; }

    public long Boots { get; set; }

    public long Actions { get; set; }

    /// <summary>Aborted deliveries re-executed to the same fault.</summary>
    public long Aborts { get; set; }

    /// <summary>Aborts that were the host's wall clock or capacity, which no replay can repeat; they left no write.</summary>
    public long NotRepeatable { get; set; }

    public long Writes { get; set; }

    public long Fuel { get; set; }

    /// <summary>Chain values recomputed from re-executed bodies and found equal.</summary>
    public long ChainValues { get; set; }

    /// <summary>Payloads that were erased: of this stream's entries, and of a module it needed. They could not be compared.</summary>
    public long Erased { get; set; }

    /// <summary>
    /// The first entry that could not be executed again because what it needs was erased; null when all were. From here on
    /// only chain values are recomputed, from the recorded bodies.
    /// </summary>
    public long? ErasedFrom { get; set; }

    /// <summary>What was missing at <see cref="ErasedFrom"/>.</summary>
    public string? ErasedWhat { get; set; }

    /// <summary>False when the log was written by another engine: writes and results are compared, fuel is not.</summary>
    public bool FuelCompared { get; set; } = true;

    /// <summary>The last entry asked for; null for all of them. What follows was not looked at.</summary>
    public long? Until { get; set; }

    /// <summary>The seq of the snapshot the replay began from; null when it began at the first entry.</summary>
    public long? Start { get; set; }

    /// <summary>Snapshots the log names whose roots were computed again and found equal.</summary>
    public long Snapshots { get; set; }

    /// <summary>The only cell executed again; null for all.</summary>
    public CellId? Cell { get; set; }

    /// <summary>Entries of other cells, or of cells older than <see cref="Start"/>, that were not executed: their recorded writes were applied.</summary>
    public long Applied { get; set; }

    public TimeSpan Elapsed { get; set; }

    /// <summary>The first entry that came out otherwise, or null.</summary>
    public Divergence? Divergence { get; set; }

    public bool Clean => Divergence is null;

    /// <summary>What was proved and what was not, for people. Claims no more than was compared.</summary>
    public string Verdict()
    {
        if (Divergence is { } divergence)
        {
            return divergence.ToText();
        }

        if (ErasedFrom is { } from)
        {
            return $"""
                erased from seq {from}: {ErasedWhat}.
                  proved: nothing before seq {from} came out otherwise than recorded{(Erased > 0 ? ", erased payloads aside" : "")}.
                  not proved: what seq {from} to {Entries} did; there only the chain was recomputed, from the recorded bodies.
                """;
        }

        var fuel = FuelCompared ? "" : " Fuel was not compared.";
        var what = Cell is { } cell ? $"every delivery of {cell}" : "every action";
        return (Erased > 0
            ? $"clean as far as it can be known: {what} was executed again and nothing came out otherwise, but {Erased:N0} erased payloads could not be compared.{fuel}"
            : FuelCompared
                ? $"clean: {what} came out as recorded, bit for bit."
                : $"clean: the writes and results of {what} came out as recorded.{fuel}") + Limits();
    }

    /// <summary>What was not looked at, so that nobody takes the part for the whole.</summary>
    private string Limits()
    {
        var text = new StringBuilder();
        if (Cell is not null)
        {
            text.Append($" {Applied:N0} entries of other cells were not executed: their recorded writes were applied.");
        }

        if (Start is { } start)
        {
            text.Append($" It began from the snapshot at seq {start}; {Applied:N0} entries of cells older than that were not executed: their recorded writes were applied.");
        }

        return Until is null ? text.ToString() : text.Append($" Nothing after seq {Until} was looked at.").ToString();
    }
}
