namespace Voxeltron.Tests.Support.Histories;

/// <summary>A write to a register, and whether its transaction's last to it: only that one may be seen by others.</summary>
internal readonly record struct RegisterWritten(Operation Writer, long Value, bool IsLast);

/// <summary>What a transaction saw of a register before any write of its own.</summary>
internal readonly record struct RegisterSeen(Operation Reader, long? Value);

/// <summary>All accesses to one register.</summary>
internal sealed class RegisterAccesses(string key)
{
    public string Key { get; } = key;

    /// <summary>By all operations, refused ones too.</summary>
    public List<RegisterWritten> Writes { get; } = [];

    /// <summary>By acknowledged operations.</summary>
    public List<RegisterSeen> Reads { get; } = [];

    /// <summary>No value was written twice, so that a value tells its writer.</summary>
    public bool WritesAreDistinct => Writes.DistinctBy(w => w.Value).Count() == Writes.Count;

    /// <summary>All registers of a history; transactions that disagree with themselves are findings.</summary>
    public static List<RegisterAccesses> Of(History history, Verdict verdict)
    {
        var registers = new Dictionary<string, RegisterAccesses>();
        foreach (var operation in history.Operations)
        {
            foreach (var steps in operation.Steps.Where(s => s.Data == DataKind.Register).GroupBy(s => s.Key))
            {
                if (!registers.TryGetValue(steps.Key, out var register))
                {
                    registers[steps.Key] = register = new RegisterAccesses(steps.Key);
                }

                register.Add(operation, steps, verdict);
            }
        }

        return [.. registers.Values];
    }

    private void Add(Operation operation, IEnumerable<MicroOp> steps, Verdict verdict)
    {
        RegisterSeen? seen = null;
        RegisterWrite? own = null;
        foreach (var step in steps)
        {
            if (step is RegisterWrite write)
            {
                if (own is not null)
                {
                    Writes.Add(new RegisterWritten(operation, own.Value, IsLast: false));
                }

                own = write;
            }
            else if (step is RegisterRead read && operation.Outcome == Outcome.Ok)
            {
                if (own is not null ? read.Value != own.Value : seen is { } earlier && earlier.Value != read.Value)
                {
                    verdict.Add(Anomaly.Internal, $"{operation.Name} had {(own is not null ? "written" : "read")} {Show.Value(own is not null ? own.Value : seen!.Value.Value)} in {Key}, then read {Show.Value(read.Value)}", operation);
                }
                else if (own is null)
                {
                    seen = new RegisterSeen(operation, read.Value);
                }
            }
        }

        if (own is not null)
        {
            Writes.Add(new RegisterWritten(operation, own.Value, IsLast: true));
        }

        if (seen is { } found)
        {
            Reads.Add(found);
        }
    }
}
