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
        options.RequireOnly(0, "no word", "--root-key", "--checkpoint", "--export");
        var rootKey = RootKey(options);
        var checkpoint = options.Text("--checkpoint") is { } file ? await ReadCheckpointAsync(file, cancel) : null;
        await using var source = await LogSource.OpenAsync(options.Export, cancel);

        var began = TimeProvider.System.GetTimestamp();
        // First whether the file is whole: an export that cannot be read to its end is answered with nothing at all.
        var mismatches = source.Export is { } export ? await export.CheckMembersAsync(cancel) : [];
        var report = await new LogVerifier(rootKey).VerifyAsync(source.Reader, checkpoint, cancel);
        report = report with { Findings = [.. mismatches.Select(static text => new Finding(FindingCodes.ExportMismatch, null, null, null, text)), .. report.Findings] };
        var elapsed = TimeProvider.System.GetElapsedTime(began);
        await (options.Json ? PrintJsonAsync(report, elapsed, source.Export?.Manifest) : PrintAsync(report, elapsed, checkpoint is not null, source.Export?.Manifest));
        return report.Clean ? 0 : 1;
    }

    /// <summary>From a file the auditor brought, else the state directory's; with an export there need not be one.</summary>
    private static byte[] RootKey(Arguments options)
    {
        if (options.Text("--root-key") is { } brought)
        {
            return PublicKeyFile.Read(brought);
        }

        return options.Export is not null && string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(FabricState.Variable))
            ? throw Arguments.Usage("verify --export needs --root-key FILE: the fabric's root public key, from your own records and not from who gave you the export.")
            : FabricState.OpenFromEnvironment().RootPublicKey();
    }

    private static async Task<string> ReadCheckpointAsync(string path, CancellationToken cancel) => File.Exists(path)
        ? await File.ReadAllTextAsync(path, cancel)
        : throw new VoxeltronException("checkpoint_missing", $"There is no checkpoint file {path}.");

    private async Task PrintAsync(VerificationReport report, TimeSpan elapsed, bool outside, ExportManifest? export)
    {
        if (export is not null)
        {
            await output.WriteLineAsync($"export                {export.Scope}, written {AtCommand.Time(export.CreatedUs)} by {export.Tool}");
        }

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
        if (report.IsPartial)
        {
            await output.WriteLineAsync($"""
                PARTIAL: this export holds {export?.Scope}, with the keys and modules that needs, and nothing else was judged.
                  not checked: the roots of {report.CommitsElsewhere:N0} commits that touch only other streams (their signatures, order and places in the tree were).
                  not provable from a part: that no newest entries of its streams were left out and passed off as another stream's; the whole export shows it.
                """);
        }
    }

    private async Task PrintJsonAsync(VerificationReport report, TimeSpan elapsed, ExportManifest? export) => await output.WriteLineAsync(JsonSerializer.Serialize(new
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
        partial = report.IsPartial,
        commits_elsewhere = report.CommitsElsewhere,
        export = export is null ? null : new { scope = export.Scope.Kind, tenant = export.Scope.Tenant?.Value, mission = export.Scope.Mission?.ToString(), fabric = export.Fabric?.ToString("N"), created_us = export.CreatedUs, tool = export.Tool },
        elapsed_ms = (long)elapsed.TotalMilliseconds,
        findings = report.Findings.Select(static f => new { code = f.Code, tenant = f.Tenant?.Value, stream = f.Stream?.Hex, seq = f.Seq, message = f.Message }),
    }));
}
