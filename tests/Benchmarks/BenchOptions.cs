namespace Voxeltron.Benchmarks;

/// <param name="Name">One of <see cref="s_names"/>.</param>
/// <param name="Quick">Ends within a minute; the same definitions, fewer samples, never below a thousand.</param>
/// <param name="Large">Density alone: a hundred thousand cells over the workers there are.</param>
/// <param name="Hibernated">Density alone: a million cells that sleep, over the workers there are.</param>
internal sealed record BenchOptions(string Name, bool Quick, bool Large = false, bool Hibernated = false)
{
    private static readonly string[] s_names = ["boot", "dispatch", "fanout", "log", "actions", "concurrent", "steps", "views", "reload", "density", "peers", "egress", "recovery", "replay"];

    public const string Usage = """
        voxeltron-bench boot|dispatch|fanout|log|actions|concurrent|steps|views|reload|density|peers|egress|recovery|replay [--quick]; density also [--large] [--hibernated]
          boot      POST → cell ready, durable: 50 at once, beside 10,000 idle cells, and one alone
          dispatch  POST → task running, durable, at 200 a second; then tasks a second
          fanout    one task to 100, 1,000 and 10,000 and back to one: seconds and memory by width
          actions   events delivered to live cells of one mission, each a transaction and an entry
          concurrent  10,000 cells that all work: how late each is entered, how evenly, at what cost
          steps     durable steps a second beside Restate's, in the same run
          views     what five views cost a transaction, beside Postgres computing them anew; how soon followers hear
          reload    5,000 live cells put on another version of their module, and back
          density   what 10,000 waiting cells take of memory and CPU, and how soon one is woken
          peers     isolated unit to first answer: processes, containers, node and workerd beside a cell's boot
          egress    what walls add to a request, and requests of cells a second
          replay    actions a second executed again, by length of the mission, beside Temporal's replayer
          recovery  from an owner's kill to the next owner's entry, by length of the tail
          log       sealed entries a second through the real committer
        Measures the running fabric that VOXELTRON_STATE names; its workers need VOXELTRON_WORKER__TIMELINE=true.
        scripts/bench starts one and calls this. The last line is one JSON object.
        """;

    /// <returns>Null when the arguments are not understood.</returns>
    public static BenchOptions? Parse(string[] args)
    {
        var names = args.Where(static arg => !arg.StartsWith('-')).ToArray();
        var flags = args.Where(static arg => arg.StartsWith('-')).ToArray();
        return names is [var name] && s_names.Contains(name)
            && (flags is [] or ["--quick"] || (name == "density" && flags is ["--large"] or ["--hibernated"] or ["--hibernated", "--quick"]))
            ? new BenchOptions(name, flags.Contains("--quick"), flags is ["--large"], flags.Contains("--hibernated"))
            : null;
    }
}
