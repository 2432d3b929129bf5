using Voxeltron.Tests.Support.Histories;

namespace Voxeltron.Tests.Unit.Histories;

/// <summary>
/// The oracle: tries every order of a small history, with and without each operation of unknown outcome, on plain
/// dictionaries. Nothing remembered, nothing clever, nothing shared with what it judges.
/// </summary>
internal static class BruteForce
{
    public static bool IsStrictlySerializable(History history) =>
        Extend([.. history.Operations.Where(o => o.Outcome != Outcome.Fail)], []);

    private static bool Extend(List<Operation> rest, Dictionary<string, string> state)
    {
        if (rest.All(o => o.Outcome == Outcome.Info))
        {
            return true;
        }

        foreach (var next in rest)
        {
            if (rest.Any(other => other.Outcome == Outcome.Ok && other.Completed < next.Invoked))
            {
                continue;
            }

            var after = new Dictionary<string, string>(state);
            if (next.Steps.All(s => Apply(s, after) == Answer(s) || next.Outcome == Outcome.Info)
                && Extend([.. rest.Where(o => o != next)], after))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Changes the state; what a client would be told.</summary>
    private static string Apply(MicroOp step, Dictionary<string, string> state)
    {
        var name = $"{step.Data} {step.Key}";
        var now = state.GetValueOrDefault(name, step.Data == DataKind.Counter ? "0" : "");
        switch (step)
        {
            case ListAppend append:
                state[name] = $"{now},{append.Value}";
                return "";
            case RegisterWrite write:
                state[name] = $"{write.Value}";
                return "";
            case CounterAdd add:
                state[name] = $"{long.Parse(now) + add.Amount}";
                return "";
            case UniqueInsert insert:
                state[name] = now.Length == 0 ? $"{insert.Value}" : now;
                return $"{now.Length == 0}";
            case UniqueDelete:
                state[name] = "";
                return $"{now.Length > 0}";
            default:
                return now;
        }
    }

    private static string Answer(MicroOp step) => step switch
    {
        ListRead read => string.Concat(read.Value.Select(v => $",{v}")),
        RegisterRead read => $"{read.Value}",
        CounterRead read => $"{read.Value}",
        UniqueInsert insert => $"{insert.Inserted}",
        UniqueDelete delete => $"{delete.Deleted}",
        UniqueRead read => $"{read.Value}",
        _ => "",
    };
}
