namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// What can be said of unique keys by counting and by real time: more living rows than one, conflicts with rows that
/// cannot have been there, reads of refused or no inserts, reads that miss a row nobody could have deleted. Sound, not
/// complete where rows are deleted: <see cref="HistoryChecker"/> searches besides.
/// </summary>
public static class UniqueKeyChecker
{
    public static Verdict Check(History history)
    {
        var verdict = new Verdict();
        var steps = history.Operations.SelectMany(o => o.Steps.Where(s => s.Data == DataKind.UniqueKey).Select(s => (Operation: o, Step: s)));
        foreach (var key in steps.GroupBy(s => s.Step.Key))
        {
            Check(key.Key, [.. key], verdict);
        }

        return verdict;
    }

    private static void Check(string key, (Operation Operation, MicroOp Step)[] steps, Verdict verdict)
    {
        var made = steps.Where(s => s.Operation.Outcome == Outcome.Ok && s.Step is UniqueInsert { Inserted: true }).Select(s => s.Operation).ToArray();
        var maybeMade = steps.Where(s => s.Operation.Outcome == Outcome.Info && s.Step is UniqueInsert).Select(s => s.Operation).ToArray();
        var maybeDeleted = steps.Count(s => s.Step is UniqueDelete delete && (s.Operation.Outcome == Outcome.Info || (s.Operation.Outcome == Outcome.Ok && delete.Deleted)));
        if (made.Length > maybeDeleted + 1)
        {
            verdict.Add(Anomaly.UniqueKeyTwice, $"{made.Length} inserts under {key} were told they made the row, with {maybeDeleted} deletes between them", [.. made.Take(10)]);
        }

        // Whoever may have put a row there, first invoked first: the only one to ask whether any can have been in time.
        var first = made.Concat(maybeMade).MinBy(o => o.Invoked);
        foreach (var (operation, step) in steps.Where(s => s.Operation.Outcome == Outcome.Ok))
        {
            var rowWasThere = step switch
            {
                UniqueInsert insert => !insert.Inserted,
                UniqueDelete delete => delete.Deleted,
                _ => step is UniqueRead { Value: not null },
            };
            if (rowWasThere && (first is null || operation.Precedes(first)))
            {
                var name = step is UniqueInsert ? Anomaly.UnjustifiedConflict : Anomaly.GarbageRead;
                verdict.Add(name, $"nobody can have inserted {key} by the time {operation.Name} was answered", [.. first is null ? (Operation[])[] : [first], operation]);
            }
            else if (step is UniqueRead { Value: { } value })
            {
                CheckValue(key, value, operation, steps, verdict);
            }
        }

        if (maybeDeleted == 0)
        {
            AddMissed(key, made, steps, verdict);
        }
    }

    private static void CheckValue(string key, long value, Operation reader, (Operation Operation, MicroOp Step)[] steps, Verdict verdict)
    {
        var inserts = steps.Where(s => s.Step is UniqueInsert insert && insert.Value == value).ToArray();
        if (inserts.Length == 0)
        {
            verdict.Add(Anomaly.GarbageRead, $"nobody inserted {key} {value}", reader);
        }
        else if (inserts.All(i => i.Operation.Outcome == Outcome.Fail))
        {
            verdict.Add(Anomaly.G1a, $"{inserts[0].Operation.Name} was refused, yet {reader.Name} read its row under {key}", inserts[0].Operation, reader);
        }
        else if (!inserts.Any(i => i.Operation.Outcome == Outcome.Info || (i.Operation.Outcome == Outcome.Ok && i.Step is UniqueInsert { Inserted: true })))
        {
            verdict.Add(Anomaly.GarbageRead, $"{reader.Name} read {key} = {value}, whose insert was told of a conflict", [.. inserts.Take(5).Select(i => i.Operation), reader]);
        }
    }

    private static void AddMissed(string key, Operation[] made, (Operation Operation, MicroOp Step)[] steps, Verdict verdict)
    {
        if (made.MinBy(o => o.End) is not { } row)
        {
            return;
        }

        var read = steps.Any(s => s.Operation.Outcome == Outcome.Ok && s.Step is UniqueRead { Value: not null });
        foreach (var (operation, step) in steps.Where(s => s.Operation.Outcome == Outcome.Ok && row.Precedes(s.Operation)))
        {
            if (step is UniqueRead { Value: null } or UniqueDelete { Deleted: false })
            {
                verdict.Add(read ? Anomaly.StaleRead : Anomaly.LostWrite, $"{operation.Name} was invoked after {row.Name} had been answered, nobody deleted {key}, and {operation.Name} found nothing", row, operation);
            }
        }
    }
}
