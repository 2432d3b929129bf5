using System.Globalization;
using System.Text;
using Voxeltron.Cli.Fabric;

namespace Voxeltron.Cli.Demo;

/// <summary>Prints what a run showed. Long lists go to a file, the screen keeps their head.</summary>
public sealed class DemoReport(TextWriter output)
{
    /// <summary>Boot target of the design: dispatched to ready.</summary>
    private const long BootTargetUs = 50_000;

    private const int DecisionRows = 25;
    private const int ExceptionRows = 15;
    private const int ReasonWidth = 110;

    public void Decisions(IReadOnlyList<Verdict> verdicts, string listPath)
    {
        WriteList(verdicts, listPath);
        output.WriteLine();
        output.WriteLine("Decisions");
        foreach (var group in verdicts.GroupBy(v => v.Outcome).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var codes = group.SelectMany(v => v.Reasons.Select(r => r.Code).Distinct()).GroupBy(c => c)
                .OrderByDescending(c => c.Count()).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key} {c.Count()}");
            output.WriteLine($"  {group.Key,-8} {group.Count(),5}  {string.Join(", ", codes)}");
        }

        output.WriteLine();
        output.WriteLine($"  {"item",-17} {"file",-34} {"outcome",-8} reasons");
        foreach (var verdict in verdicts.Take(DecisionRows))
        {
            output.WriteLine($"  {verdict.Item.Key,-17} {Cut(verdict.Item.FileName, 34),-34} {verdict.Outcome,-8} {Cut(verdict.ReasonText, ReasonWidth)}");
        }

        if (verdicts.Count > DecisionRows)
        {
            output.WriteLine($"  ... {verdicts.Count - DecisionRows} more in {listPath}");
        }
    }

    public void Exceptions(IReadOnlyList<Verdict> verdicts, string listPath)
    {
        var waiting = verdicts.Where(v => v.Outcome == "pend").OrderByDescending(v => v.Urgent).ToList();
        output.WriteLine();
        output.WriteLine($"Waiting for a clinician: {waiting.Count} requests, {waiting.Count(v => v.Urgent)} of them urgent");
        foreach (var verdict in waiting.Take(ExceptionRows))
        {
            output.WriteLine($"  {(verdict.Urgent ? "urgent" : ""),-7} {verdict.Item.Key,-17} {Cut(verdict.ReasonText, ReasonWidth)}");
        }

        if (waiting.Count > ExceptionRows)
        {
            output.WriteLine($"  ... {waiting.Count - ExceptionRows} more in {listPath}");
        }
    }

    public void Boots(EventTally tally)
    {
        output.WriteLine();
        output.WriteLine("Cell boots (milliseconds)");
        if (!tally.Stages.TryGetValue("total", out var total) || total.Count == 0)
        {
            output.WriteLine("  no boot entry was seen");
            return;
        }

        output.WriteLine($"  {"stage",-14} {"n",6} {"p50",9} {"p90",9} {"p99",9} {"max",9}");
        foreach (var (stage, d) in tally.Stages.OrderBy(s => s.Key == "total").ThenBy(s => s.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"  {stage,-14} {d.Count,6} {Ms(d.Percentile(500)),9} {Ms(d.Percentile(900)),9} {Ms(d.Percentile(990)),9} {Ms(d.Max),9}");
        }

        output.WriteLine($"  target: ready within {BootTargetUs / 1000} ms, from the worker's decision on; p99 is {Ms(total.Percentile(990))} ms: {(total.Percentile(990) <= BootTargetUs ? "met" : "MISSED")}");
        output.WriteLine("  (from the POST until the boot is durable: scripts/bench boot)");
    }

    public void Entries(EventTally tally, MissionAnswer mission, TimeSpan elapsed)
    {
        output.WriteLine();
        output.WriteLine($"Log: {tally.Entries} entries written, last seq {mission.Seq}, {tally.Epochs} epoch(s), {tally.Aborts} aborted action(s), in {elapsed.TotalSeconds:0.0} s");
    }

    public void Queries(FabricAddress address, string tenant, string mission)
    {
        output.WriteLine();
        output.WriteLine("Three queries to try, as the auditor (reads everything, changes nothing)");
        if (address.Database is not { } database || address.StateDirectory is not { } state)
        {
            output.WriteLine($"  set {FabricAddress.StateVariable} to see the psql commands");
            return;
        }

        var psql = $"PGPASSWORD=\"$(cat {Quote(Path.Combine(state, "secrets", "pg_auditor"))})\" {Psql()} -h {Quote(database.Host)} -p {database.Port} -U voxeltron_auditor -d {database.Database} -c";
        foreach (var (what, sql) in QueriesOf(tenant, mission))
        {
            output.WriteLine($"  # {what}");
            output.WriteLine($"  {psql} \"{sql}\"");
        }
    }

    /// <summary>What each asks, and its SQL; for the auditor's role.</summary>
    public static IReadOnlyList<(string What, string Sql)> QueriesOf(string tenant, string mission)
    {
        var id = Guid.ParseExact(mission[(mission.IndexOf('_') + 1)..], "N");
        return
        [
            ("which decision goes back to which submitted request", $"select item, outcome, module_digest, source_seq, source_actor, source_digest from audit.action where tenant_id = '{tenant}' and mission_id = '{id}' and task like 'decide/%' order by item limit 10"),
            ("how cells booted, by step", $"select split_part(task, '/', 1) as step, count(*), percentile_disc(0.5) within group (order by total_us) as p50_us, max(total_us) as max_us from audit.cell where tenant_id = '{tenant}' and mission_id = '{id}' group by 1 order by 1"),
            ("recompute the mission's chain in plain SQL", $"select * from audit.chain_check('{tenant}', '{id}')"),
        ];
    }

    public void Urls(FabricAddress address, string mission)
    {
        output.WriteLine();
        output.WriteLine("Addresses");
        output.WriteLine($"  {address.Api}                 (sign in with the API key)");
        output.WriteLine($"  {address.Api}v1/missions/{mission}");
        output.WriteLine($"  {address.Api}openapi/v1.json");
        output.WriteLine($"  {address.Api}hangfire");
    }

    private static void WriteList(IReadOnlyList<Verdict> verdicts, string path)
    {
        var text = new StringBuilder("item\tfile\toutcome\turgent\treasons\n");
        foreach (var v in verdicts)
        {
            text.Append(CultureInfo.InvariantCulture, $"{v.Item.Key}\t{Clean(v.Item.FileName)}\t{v.Outcome}\t{(v.Urgent ? "yes" : "no")}\t{Clean(v.ReasonText)}\n");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // File names may say more than keys do: only the owner reads the list.
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(path, options);
        file.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private static string Cut(string text, int width) => Clean(text.Length <= width ? text : text[..(width - 3)] + "...");

    private static string Ms(long us) => (us / 1000.0).ToString("0.000", CultureInfo.InvariantCulture);

    private static string Quote(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || "/._-:".Contains(c)) ? text : "'" + text.Replace("'", "'\\''") + "'";

    // Distributions keep psql in the path; its server packages also keep one per version.
    private static string Psql()
    {
        const string packages = "/usr/lib/postgresql";
        var inPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(d => File.Exists(Path.Combine(d, "psql")));
        var versioned = !inPath && Directory.Exists(packages) ? Directory.GetDirectories(packages).Select(d => Path.Combine(d, "bin", "psql")).Where(File.Exists).Order(StringComparer.Ordinal).LastOrDefault() : null;
        return versioned ?? "psql";
    }
}
