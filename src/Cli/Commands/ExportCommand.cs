using Voxeltron.Cli.Fabric;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Cli.Commands;

/// <summary><c>voxeltron export --out FILE</c>: fetches the log, or a part of it, as one file. The file is there whole or not at all.</summary>
public static class ExportCommand
{
    private static readonly string[] s_parameters = ["tenant", "mission"];

    public static async Task<int> RunAsync(FabricClient client, Arguments arguments, TextWriter output, CancellationToken cancel)
    {
        var path = arguments.Text("--out") ?? throw new CliException("export needs --out FILE.");
        var force = arguments.Has("--force");
        if (!force && File.Exists(path))
        {
            throw new CliException($"{path} is there already: name another file, or replace it with --force.");
        }

        var part = path + ".part";
        try
        {
            await FetchAsync(client, arguments, part, cancel);
            var manifest = await CheckAsync(part, cancel);
            File.Move(part, path, overwrite: force);
            output.WriteLine($"{path}: {manifest.Scope}, {manifest.Streams.Sum(static stream => stream.Entries):N0} entries in {manifest.Streams.Count:N0} streams, {new FileInfo(path).Length:N0} bytes");
            output.WriteLine("verify it anywhere with: voxeltron-replay verify --export FILE --root-key FILE");
            return 0;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"Cannot write {path}: {fault.Message}", fault);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static async Task FetchAsync(FabricClient client, Arguments arguments, string part, CancellationToken cancel)
    {
        var query = string.Join('&', s_parameters
            .Where(name => arguments.Text("--" + name) is not null)
            .Select(name => $"{name}={Uri.EscapeDataString(arguments.Text("--" + name)!)}"));
        await using var file = new FileStream(part, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Options = FileOptions.Asynchronous,
            // Payloads are in it: for this user alone.
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        await client.DownloadAsync(query.Length == 0 ? "v1/export" : "v1/export?" + query, file, "Exporting the log", cancel);
        file.Flush(flushToDisk: true);
    }

    /// <summary>What arrived is whole: the manifest comes last, and every member is what it says. Whether the log is true, verify tells.</summary>
    private static async Task<ExportManifest> CheckAsync(string part, CancellationToken cancel)
    {
        try
        {
            var file = new FileStream(part, new FileStreamOptions { Options = FileOptions.Asynchronous });
            await using var export = await LogExportReader.OpenAsync(file, cancel);
            var differences = await export.CheckMembersAsync(cancel);
            return differences.Count == 0 ? export.Manifest : throw new CliException("The export changed on its way: " + differences[0]);
        }
        catch (VoxeltronException broken)
        {
            throw new CliException($"The export did not arrive whole: {broken.Message} Try again; the Api's log tells if it cut it off.", broken);
        }
    }
}
