using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <summary>What one load made durable within its time.</summary>
internal sealed class LogSample(IReadOnlyList<(long At, int Entries, int Streams)> commits, IReadOnlyList<(long At, int Entries, double Ms)> released)
{
    /// <summary>From the first commit of the span to its last: no half commit counts at either end.</summary>
    public double EntriesPerS => commits.Count < 2 ? double.NaN : commits.Skip(1).Sum(static c => (long)c.Entries) / Ticks.Seconds(commits[0].At, commits[^1].At);

    public long Entries => commits.Sum(static c => (long)c.Entries);

    /// <summary>Appended → durable, each entry counted.</summary>
    public Distribution ReleaseMs { get; } = new(released.SelectMany(static r => Enumerable.Repeat(r.Ms, r.Entries)));

    private Distribution EntriesPerCommit { get; } = new(commits.Select(static c => (double)c.Entries));

    public JsonObject ToJson(CpuUse cpu) => new()
    {
        ["entries_per_s"] = Figures.Number(EntriesPerS),
        ["release_ms"] = Figures.Latency(ReleaseMs),
        ["commits"] = commits.Count,
        ["entries_per_commit_p50"] = Figures.Number(EntriesPerCommit.P50),
        ["cpu_us_per_entry"] = new JsonObject
        {
            ["postgres"] = Figures.Number(cpu.PostgresMs * 1000 / Entries),
            ["writer_and_committer"] = Figures.Number(cpu.ClientMs * 1000 / Entries),
        },
    };

    public void AddTo(TextTable table, CpuUse cpu)
    {
        table.Value("entries/s, sealed, durable", EntriesPerS);
        table.Latency("appended → durable        ms", ReleaseMs);
        table.Value("commits, entries in one", $"{commits.Count}, median {EntriesPerCommit.P50:0}");
        table.Value("CPU µs/entry", $"postgres {cpu.PostgresMs * 1000 / Entries:0.0}, writer and committer {cpu.ClientMs * 1000 / Entries:0.0}");
    }
}
