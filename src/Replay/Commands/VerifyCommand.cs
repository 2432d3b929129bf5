using System.Text.Json;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

internal sealed class VerifyCommand(TextWriter output)
{
    /// <summary>Findings printed in full; the rest is counted.</summary>
    private const int MostPrinted = 50;

    public async Task<int> RunAsync(Arguments options, CancellationToken cancel)
    {
        options.RequireOnly(0, "no word", "--root-key", "--checkpoint");
        var rootKey = options.Text("--root-key") is { } brought ? PublicKeyFile.Read(brought) : FabricState.OpenFromEnvironment().RootPublicKey();
        var checkpoint = options.Text("--checkpoint") is { } file ? await ReadCheckpointAsync(file, cancel) : null;
        await using var source = await LogSource.OpenAsync(cancel);

        var began = TimeProvider.System.GetTimestamp();
        var report = await new LogVerifier(rootKey).VerifyAsync(source.Reader, checkpoint, cancel);
        var elapsed = TimeProvider.System.GetElapsedTime(began);
        await (options.Json ? PrintJsonAsync(report, elapsed) : PrintAsync(report, elapsed, checkpoint is not null));
        return report.Clean ? 0 : 1;
    }

    private static async Task<string> ReadCheckpointAsync(string path, CancellationToken cancel) => File.Exists(path)
        ? await File.ReadAllTextAsync(path, cancel)
        : throw new VoxeltronException("checkpoint_missing", $"There is no checkpoint file {path}.");

    private async Task PrintAsync(VerificationReport report, TimeSpan elapsed, bool outside)
    {
        await output.WriteLineAsync($"entries               {report.Entries,10:N0} in {report.Streams:N0} streams");
        await output.WriteLineAsync($"commits               {report.Commits,10:N0} with {report.Seals:N0} seals, {report.Checkpoints:N0} checkpoints");
        await output.WriteLineAsync($"after last checkpoint {report.CommitsAfterCheckpoint,10:N0} commits");
        await output.WriteLineAsync($"host-sealed only      {report.HostSealedOnly,10:N0} entries (their cell was cut off before it could sign)");
        await output.WriteLineAsync($"payloads erased       {report.PayloadsErased,10:N0}");
        await output.WriteLineAsync($"time                  {elapsed.TotalSeconds,10:N2} s");
        foreach (var finding in report.Findings.Take(MostPrinted))
        {
            var place = finding.Stream is null ? "" : $" {finding.Tenant}/{finding.Stream}{(finding.Seq is null ? "" : $" seq {finding.Seq}")}";
            await output.WriteLineAsync($"FINDING {finding.Code}{place}: {finding.Message}");
        }

        if (report.Findings.Count > MostPrinted)
        {
            await output.WriteLineAsync($"… and {report.Findings.Count - MostPrinted:N0} more findings");
        }

        await output.WriteLineAsync(report.Clean
            ? outside
                ? "clean: every entry, seal, commit, head and checkpoint is what was signed, up to and including the checkpoint you brought."
                : "clean: every entry, seal, commit, head and checkpoint is what was signed. A tail cut off together with its checkpoints shows only against a checkpoint kept elsewhere (--checkpoint)."
            : $"NOT CLEAN: {report.Findings.Count:N0} findings. docs/log.md says what each code means.");
    }

    private async Task PrintJsonAsync(VerificationReport report, TimeSpan elapsed) => await output.WriteLineAsync(JsonSerializer.Serialize(new
    {
        clean = report.Clean,
        entries = report.Entries,
        streams = report.Streams,
        commits = report.Commits,
        seals = report.Seals,
        checkpoints = report.Checkpoints,
        commits_after_checkpoint = report.CommitsAfterCheckpoint,
        host_sealed_only = report.HostSealedOnly,
        payloads_erased = report.PayloadsErased,
        elapsed_ms = (long)elapsed.TotalMilliseconds,
        findings = report.Findings.Select(static f => new { code = f.Code, tenant = f.Tenant?.Value, stream = f.Stream?.Hex, seq = f.Seq, message = f.Message }),
    }));
}
