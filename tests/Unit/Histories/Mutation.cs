using Voxeltron.Tests.Support.Histories;

namespace Voxeltron.Tests.Unit.Histories;

/// <summary>
/// Small random changes to a history: an answer, an outcome, an instant. What is written stays, so that appended values stay
/// distinct. A mutant may be valid still; the oracle says.
/// </summary>
internal static class Mutation
{
    public static History Of(History history, Random random)
    {
        var operations = history.Operations.ToArray();
        for (var changes = 1 + random.Next(3); changes > 0; changes--)
        {
            var at = random.Next(operations.Length);
            operations[at] = Changed(operations[at], operations, random);
        }

        return new History(operations);
    }

    private static Operation Changed(Operation operation, Operation[] all, Random random)
    {
        switch (random.Next(5))
        {
            case 0:
                var outcome = (Outcome)random.Next(3);
                return operation with { Outcome = outcome, Completed = outcome == Outcome.Ok ? Math.Max(operation.Invoked, Instant(all, random)) : Operation.Never };
            case 1:
                var (invoked, completed) = (Instant(all, random), Instant(all, random));
                return operation with
                {
                    Invoked = Math.Min(invoked, completed),
                    Completed = operation.Outcome == Outcome.Ok ? Math.Max(invoked, completed) : Operation.Never,
                };
            default:
                var steps = operation.Steps.ToArray();
                var step = random.Next(steps.Length);
                steps[step] = Changed(steps[step], all, random);
                return operation with { Steps = steps };
        }
    }

    private static MicroOp Changed(MicroOp step, Operation[] all, Random random) => step switch
    {
        ListRead read => read with { Value = Changed(read, all, random) },
        RegisterRead read => read with { Value = Written(all, random, read.Key) },
        CounterRead read => read with { Value = read.Value + random.Next(-1, 2) },
        UniqueInsert insert => insert with { Inserted = !insert.Inserted },
        UniqueDelete delete => delete with { Deleted = !delete.Deleted },
        UniqueRead read => read with { Value = Written(all, random, read.Key) },
        _ => step,
    };

    private static long[] Changed(ListRead read, Operation[] all, Random random)
    {
        var value = read.Value.ToList();
        switch (random.Next(5))
        {
            case 0 when value.Count > 0:
                value.RemoveAt(value.Count - 1);
                break;
            case 1 when value.Count > 0:
                value.RemoveAt(random.Next(value.Count));
                break;
            case 2 when value.Count > 1:
                var at = random.Next(value.Count - 1);
                (value[at], value[at + 1]) = (value[at + 1], value[at]);
                break;
            default:
                if (Written(all, random, read.Key) is { } other)
                {
                    value.Insert(random.Next(3) == 0 ? random.Next(value.Count + 1) : value.Count, other);
                }

                break;
        }

        return [.. value];
    }

    /// <summary>A value somebody writes under this key; at times none, or one that nobody does.</summary>
    private static long? Written(Operation[] all, Random random, string key)
    {
        var values = all.SelectMany(o => o.Steps).Where(s => s.Key == key).Select(s => s switch
        {
            ListAppend append => append.Value,
            RegisterWrite write => write.Value,
            UniqueInsert insert => insert.Value,
            _ => (long?)null,
        }).Where(v => v is not null).Append(null).ToArray();
        return random.Next(20) == 0 ? 999 : values[random.Next(values.Length)];
    }

    private static long Instant(Operation[] all, Random random)
    {
        var one = all[random.Next(all.Length)];
        return one.Outcome == Outcome.Ok && random.Next(2) == 0 ? one.Completed : one.Invoked;
    }
}
