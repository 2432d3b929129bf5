namespace Voxeltron.Benchmarks;

/// <summary>Raw material of a sample; runs of the same kind add up.</summary>
internal sealed record BootRun(IReadOnlyList<(SentItem Sent, TaskTimeline Seen)> Boots, IReadOnlyDictionary<string, List<double>> Stages, CpuUse Cpu, double ElapsedS)
{
    public BootRun With(BootRun other) => new(
        [.. Boots, .. other.Boots],
        Stages.Keys.Union(other.Stages.Keys).ToDictionary(static name => name, name => Stages.GetValueOrDefault(name, []).Concat(other.Stages.GetValueOrDefault(name, [])).ToList()),
        new CpuUse(Cpu.ApiMs + other.Cpu.ApiMs, Cpu.WorkersMs + other.Cpu.WorkersMs, Cpu.PostgresMs + other.Cpu.PostgresMs, Cpu.ClientMs + other.Cpu.ClientMs),
        ElapsedS + other.ElapsedS);

    public BootSample Sample() => new(Boots, Stages, Cpu, ElapsedS);
}
