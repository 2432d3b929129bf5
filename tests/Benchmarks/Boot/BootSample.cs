using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <summary>The boots of one run: what their client, their worker and their entries say of them.</summary>
internal sealed class BootSample(IReadOnlyList<(SentItem Sent, TaskTimeline Seen)> boots, IReadOnlyDictionary<string, List<double>> stages, CpuUse cpu, double elapsedS)
{
    /// <summary>POST → ready, durable.</summary>
    private readonly Distribution _dispatchReady = Of(boots, static b => Ticks.Ms(b.Sent.Posted, b.Seen.ReadyDurable));

    /// <summary>The owner had read the inbox row → <c>on_start</c> returned.</summary>
    private readonly Distribution _inWorker = Of(boots, static b => Ticks.Us(b.Seen.Claimed, b.Seen.Ready));

    private readonly Distribution _postClaim = Of(boots, static b => Ticks.Ms(b.Sent.Posted, b.Seen.Claimed));
    private readonly Distribution _readyDurable = Of(boots, static b => Ticks.Ms(b.Seen.Ready, b.Seen.ReadyDurable));
    private readonly Distribution _ack = Of(boots, static b => Ticks.Ms(b.Sent.Posted, b.Sent.Answered));

    public void AddTo(JsonObject figures)
    {
        figures["dispatch_ready_ms"] = Figures.Latency(_dispatchReady);
        figures["in_worker_us"] = Figures.Latency(_inWorker);
        figures["stages_us"] = new JsonObject(stages.Select(static s => KeyValuePair.Create<string, JsonNode?>(s.Key, Figures.Latency(new Distribution(s.Value)))));
        figures["post_claim_ms"] = Figures.Latency(_postClaim);
        figures["ready_durable_ms"] = Figures.Latency(_readyDurable);
        figures["post_answer_ms"] = Figures.Latency(_ack);
        figures["boots_per_s"] = Figures.Number(boots.Count / elapsedS);
        figures["cpu_us_per_boot"] = cpu.Per(boots.Count);
    }

    public void AddTo(TextTable table)
    {
        table.Latency("POST → ready, durable    ms", _dispatchReady);
        table.Latency("  POST → claimed         ms", _postClaim);
        table.Latency("  claimed → ready        µs", _inWorker);
        foreach (var (stage, times) in stages)
        {
            table.Latency($"    {stage,-20} µs", new Distribution(times));
        }

        table.Latency("  ready → durable        ms", _readyDurable);
        table.Latency("POST → answer, admitted  ms", _ack);
        table.Value("boots/s", boots.Count / elapsedS);
        table.Value("CPU µs/boot", cpu.Text(boots.Count));
    }

    private static Distribution Of(IReadOnlyList<(SentItem Sent, TaskTimeline Seen)> boots, Func<(SentItem Sent, TaskTimeline Seen), double> value) =>
        new(boots.Select(value));
}
