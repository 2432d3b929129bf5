namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// Judges registers whose order of writes is known, say from a version column: then reads and writes give the same graph
/// as lists do, and a cycle or its absence is proof, however long the history.
/// </summary>
public static class RegisterOrderChecker
{
    /// <param name="orders">Per register the values it had, in order: each transaction's last write to it, once.</param>
    /// <exception cref="ArgumentException">A register was written one value twice, or is in no order.</exception>
    public static Verdict Check(History history, IReadOnlyDictionary<string, IReadOnlyList<long>> orders)
    {
        var verdict = new Verdict();
        var registers = RegisterAccesses.Of(history, verdict);
        var objects = new List<VersionedObject>();
        foreach (var register in registers)
        {
            if (!register.WritesAreDistinct || !orders.TryGetValue(register.Key, out var order))
            {
                throw new ArgumentException($"register {register.Key} needs distinct writes and their order", nameof(orders));
            }

            RegisterChecker.AddBadReads(register, verdict);
            objects.Add(Ordered(register, order, verdict));
        }

        var shown = objects.SelectMany(o => o.Versions).Where(v => v.Writer is not null).Select(v => v.Writer!.Index).ToHashSet();
        var happened = history.Operations.Where(o => o.Outcome == Outcome.Ok || shown.Contains(o.Index)).ToArray();
        foreach (var register in registers)
        {
            AddLost(register, orders[register.Key], happened, verdict);
        }

        foreach (var register in objects)
        {
            VersionFindings.Add(register, verdict);
        }

        new DependencyReport(history, objects).AddCyclesTo(verdict, happened);
        return verdict;
    }

    private static VersionedObject Ordered(RegisterAccesses register, IReadOnlyList<long> order, Verdict verdict)
    {
        var result = new VersionedObject(DataKind.Register, register.Key);
        var writes = register.Writes.ToDictionary(w => w.Value);
        var places = new Dictionary<long, int>();
        foreach (var value in order)
        {
            var known = writes.TryGetValue(value, out var write);
            if (!places.TryAdd(value, result.Versions.Count))
            {
                verdict.Add(Anomaly.DuplicateWrite, $"{value} is twice in the order of {register.Key}", known ? [write.Writer] : []);
                continue;
            }

            if (!known)
            {
                verdict.Add(Anomaly.GarbageRead, $"nobody wrote {value}, which is in the order of {register.Key}");
            }
            else if (write.Writer.Outcome == Outcome.Fail)
            {
                verdict.Add(Anomaly.ResurrectedWrite, $"{write.Writer.Name} was refused, yet its {value} is in the order of {register.Key}", write.Writer);
            }
            else if (!write.IsLast)
            {
                verdict.Add(Anomaly.G1b, $"{write.Writer.Name} wrote over its own {value}, which is in the order of {register.Key}", write.Writer);
            }

            result.Versions.Add(new ObjectVersion(value, known && write.Writer.Outcome != Outcome.Fail ? write.Writer : null));
        }

        foreach (var (reader, value) in register.Reads)
        {
            if (value is null || places.ContainsKey(value.Value))
            {
                result.Reads.Add(new VersionRead(reader, value is null ? -1 : places[value.Value]));
            }
            else if (writes.ContainsKey(value.Value))
            {
                verdict.Add(Anomaly.GarbageRead, $"{reader.Name} read {value} in {register.Key}, which is not in its order", reader);
            }
        }

        return result;
    }

    private static void AddLost(RegisterAccesses register, IReadOnlyList<long> order, Operation[] happened, Verdict verdict)
    {
        var inOrder = order.ToHashSet();
        var indexes = happened.Select(o => o.Index).ToHashSet();
        foreach (var write in register.Writes.Where(w => w.IsLast && indexes.Contains(w.Writer.Index) && !inOrder.Contains(w.Value)))
        {
            verdict.Add(Anomaly.LostWrite, $"{write.Writer.Name} happened, and its {write.Value} is not in the order of {register.Key}", write.Writer);
        }
    }
}
