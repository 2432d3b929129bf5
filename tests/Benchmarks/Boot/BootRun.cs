namespace Voxeltron.Benchmarks;

/// <summary>Raw material of a sample; runs of the same kind add up.</summary>
internal sealed record BootRun(IReadOnlyList<(SentItem Sent, TaskTimeline Seen)> Boots, IReadOnlyDictionary<string, List<double>> Stages, CpuUse Cpu, double ElapsedS)
{
    public BootRun With(BootRun other) => new(
        [.. Boots, .. other.Boots],
        Stages.ToDictionary(static s => s.Key, s => s.Value.Concat(other.Stages.GetValueOrDefault(s.Key, [])).ToList()),
        new CpuUse(Cpu.ApiMs + other.Cpu.ApiMs, Cpu.WorkersMs + other.Cpu.WorkersMs, Cpu.PostgresMs + other.Cpu.PostgresMs, Cpu.ClientMs + other.Cpu.ClientMs),
        ElapsedS + other.ElapsedS);

    public BootSample Sample() => new(Boots, Stages, Cpu, ElapsedS);
}
