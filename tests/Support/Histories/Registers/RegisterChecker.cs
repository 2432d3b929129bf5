namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// What can be said of registers from pairs and triples of operations, without a search: reads of refused, intermediate,
/// future or no writes, stale reads, lost updates. Sound, not complete: <see cref="HistoryChecker"/> searches besides.
/// A register to which one value was written twice is left to the search, since its reads do not tell their writers.
/// </summary>
public static class RegisterChecker
{
    public static Verdict Check(History history)
    {
        var verdict = new Verdict();
        foreach (var register in RegisterAccesses.Of(history, verdict).Where(r => r.WritesAreDistinct))
        {
            AddBadReads(register, verdict);
            AddStaleReads(register, verdict);
            AddLostUpdates(register, verdict);
        }

        return verdict;
    }

    internal static void AddBadReads(RegisterAccesses register, Verdict verdict)
    {
        var written = register.Writes.ToDictionary(w => w.Value);
        foreach (var (reader, value) in register.Reads)
        {
            if (value is not { } read)
            {
                continue;
            }

            if (!written.TryGetValue(read, out var write))
            {
                verdict.Add(Anomaly.GarbageRead, $"nobody wrote {read} to {register.Key}", reader);
            }
            else if (write.Writer.Outcome == Outcome.Fail)
            {
                verdict.Add(Anomaly.G1a, $"{write.Writer.Name} was refused, yet {reader.Name} read its {read} in {register.Key}", write.Writer, reader);
            }
            else if (write.Writer == reader || reader.Precedes(write.Writer))
            {
                verdict.Add(Anomaly.GarbageRead, $"{reader.Name} read {read} in {register.Key} before {write.Writer.Name} wrote it", reader, write.Writer);
            }
            else if (!write.IsLast)
            {
                verdict.Add(Anomaly.G1b, $"{write.Writer.Name} wrote over its own {read} in {register.Key}, which {reader.Name} read", write.Writer, reader);
            }
        }
    }

    /// <summary>A read of one value when another write lies, in real time, wholly between that value's and the read.</summary>
    private static void AddStaleReads(RegisterAccesses register, Verdict verdict)
    {
        var writer = register.Writes.ToDictionary(w => w.Value, w => w.Writer);
        var read = register.Reads.Where(r => r.Value is not null).Select(r => r.Value!.Value).ToHashSet();
        var final = register.Writes.Where(w => w.IsLast && w.Writer.Outcome == Outcome.Ok).OrderBy(w => w.Writer.Invoked).ToArray();
        var invoked = final.Select(w => w.Writer.Invoked).ToArray();

        // From each place on, the write first acknowledged.
        var earliest = new RegisterWritten[final.Length];
        for (var i = final.Length - 1; i >= 0; i--)
        {
            earliest[i] = i + 1 < final.Length && earliest[i + 1].Writer.End < final[i].Writer.End ? earliest[i + 1] : final[i];
        }

        foreach (var (reader, value) in register.Reads)
        {
            var from = value is { } v ? writer.GetValueOrDefault(v) : null;
            if (value is not null && from is null)
            {
                continue;
            }

            var place = from is null ? 0 : FirstAbove(invoked, from.End);
            if (place < final.Length && earliest[place] is var between && between.Writer.Precedes(reader))
            {
                var name = read.Contains(between.Value) ? Anomaly.StaleRead : Anomaly.LostWrite;
                verdict.Add(name, $"{reader.Name} read {register.Key} = {Show.Value(value)}; {between.Writer.Name} wrote {between.Value} {(from is null ? "" : $"after {from.Name} had been answered and ")}before {reader.Name} was invoked", [.. from is null ? (Operation[])[] : [from], between.Writer, reader]);
            }
        }
    }

    private static void AddLostUpdates(RegisterAccesses register, Verdict verdict)
    {
        var writers = register.Writes.Select(w => w.Writer.Index).ToHashSet();
        foreach (var group in register.Reads.Where(r => writers.Contains(r.Reader.Index)).GroupBy(r => r.Value).Where(g => g.Count() > 1))
        {
            verdict.Add(Anomaly.LostUpdate, $"both read {register.Key} = {Show.Value(group.Key)} and wrote to it: neither saw the other's", [.. group.Take(2).Select(r => r.Reader)]);
        }
    }

    private static int FirstAbove(long[] ascending, long bound)
    {
        var (low, high) = (0, ascending.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = ascending[middle] > bound ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
