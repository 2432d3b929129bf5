using System.Reflection;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

/// <summary><c>export --out FILE</c>: the log, or a part of it, from the database into one file.</summary>
internal sealed class ExportCommand(TextWriter output)
{
    public async Task<int> RunAsync(Arguments options, CancellationToken cancel)
    {
        options.RequireOnly(0, "no word", "--out", "--tenant", "--mission", "--force");
        var path = options.Text("--out") ?? throw Arguments.Usage("export needs --out FILE.");
        var scope = Scope(options);
        await using var source = await LogSource.OpenAsync(export: null, cancel);
        var tool = $"voxeltron-replay {Assembly.GetExecutingAssembly().GetName().Version?.ToString(3)}";
        var manifest = await NewFile.WriteAsync(path, options.Has("--force"), file => new LogExportWriter(source.Reader, scope, tool, TimeProvider.System).WriteAsync(file, cancel));
        if (options.Json)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(new
            {
                file = path,
                scope = scope.Kind,
                tenant = scope.Tenant?.Value,
                mission = scope.Mission?.ToString(),
                fabric = manifest.Fabric?.ToString("N"),
                created_us = manifest.CreatedUs,
                entries = manifest.Streams.Sum(static stream => stream.Entries),
                streams = manifest.Streams.Count,
                bytes = new FileInfo(path).Length,
            }));
            return 0;
        }

        await output.WriteLineAsync($"{path}: {scope}, {manifest.Streams.Sum(static stream => stream.Entries):N0} entries in {manifest.Streams.Count:N0} streams, {new FileInfo(path).Length:N0} bytes");
        await output.WriteLineAsync("verify it with: voxeltron-replay verify --export FILE --root-key FILE");
        return 0;
    }

    private static ExportScope Scope(Arguments options)
    {
        var mission = options.Text("--mission") is { } text ? Arguments.ParseMission(text) : (MissionId?)null;
        if (options.Text("--tenant") is null)
        {
            return mission is null ? ExportScope.Whole : throw Arguments.Usage("--mission needs --tenant: the mission's tenant.");
        }

        return new ExportScope(options.Tenant(), mission);
    }
}
