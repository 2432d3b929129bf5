namespace Voxeltron.Tests.Support.Histories;

/// <summary>What clients asked and were told, in no particular order. Immutable.</summary>
public sealed class History
{
    /// <summary>The process number of the final read, which no client has.</summary>
    public const int FinalProcess = -1;

    /// <exception cref="ArgumentException">An operation is not at its index, or was answered before it was invoked.</exception>
    public History(IReadOnlyList<Operation> operations)
    {
        for (var i = 0; i < operations.Count; i++)
        {
            var operation = operations[i];
            if (operation.Index != i)
            {
                throw new ArgumentException($"operation {operation.Index} stands at place {i}", nameof(operations));
            }

            if (operation.End < operation.Invoked)
            {
                throw new ArgumentException($"answered before it was invoked: {operation}", nameof(operations));
            }
        }

        Operations = operations;
        FinalRead = operations.Count > 0 && IsFinal(operations[^1], operations) ? operations[^1] : null;
    }

    public IReadOnlyList<Operation> Operations { get; }

    /// <summary>The read of everything after everything, if a final state was given: the last operation.</summary>
    public Operation? FinalRead { get; }

    /// <summary>
    /// The same history and, behind it, one read of all its objects. An operation of unknown outcome that this read does
    /// not show may still have been about to happen; it has no effect on the judgement.
    /// </summary>
    public History WithFinalState(FinalState state)
    {
        if (FinalRead is not null)
        {
            throw new InvalidOperationException("this history has its final state already");
        }

        var touched = Operations.SelectMany(o => o.Steps).Select(s => (s.Data, s.Key));
        var end = Operations.Select(o => o.Outcome == Outcome.Ok ? o.Completed : o.Invoked).DefaultIfEmpty().Max();
        return new History([.. Operations, new Operation(Operations.Count, FinalProcess, end + 1, end + 2, Outcome.Ok, state.AsReads(touched))]);
    }
    /// <summary>Its place in time is part of it: what is concluded from a final read does not hold of one that overlaps others.</summary>
    private static bool IsFinal(Operation last, IReadOnlyList<Operation> all) =>
        last is { Process: FinalProcess, Outcome: Outcome.Ok, MayChange: false }
        && all.SkipLast(1).All(o => o.Invoked < last.Invoked && (o.Outcome != Outcome.Ok || o.Precedes(last)));
}
