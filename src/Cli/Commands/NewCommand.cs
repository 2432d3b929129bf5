using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace Voxeltron.Cli.Commands;

/// <summary>
/// `voxeltron new cell NAME --lang c|rust|assemblyscript`: a small project with the SDK in it, so that it builds anywhere its compiler
/// is. The files are resources of this program; those of the SDK are the ones in sdk/.
/// </summary>
public static partial class NewCommand
{
    private const string Prefix = "new/";

    private static readonly Dictionary<string, (string Title, string Source)> Languages = new(StringComparer.Ordinal)
    {
        ["c"] = ("C", "cell.c"),
        ["rust"] = ("Rust", "src/lib.rs"),
        ["assemblyscript"] = ("AssemblyScript", "cell.ts"),
    };

    /// <param name="arguments">Two words, <c>cell</c> and the name.</param>
    /// <param name="directory">Where the project's folder is made.</param>
    public static async Task<int> RunAsync(Arguments arguments, string directory, TextWriter output, CancellationToken cancel)
    {
        var (what, name) = (arguments.Words[0], arguments.Words[1]);
        if (what != "cell")
        {
            throw new CliException($"new makes a cell, not '{what}'.");
        }

        if (!Name().IsMatch(name))
        {
            throw new CliException($"'{name}' is no name for a cell: small letters, digits and dashes, from a letter on, at most 40.");
        }

        var language = arguments.Text("--lang") ?? "c";
        if (!Languages.TryGetValue(language, out var known))
        {
            throw new CliException($"--lang must be one of {string.Join(", ", Languages.Keys)}, not '{language}'.");
        }

        var target = Path.Combine(directory, name);
        if (Path.Exists(target))
        {
            throw new CliException($"{target} is there already; nothing was written.");
        }

        try
        {
            foreach (var (path, content) in Files(language))
            {
                var file = Path.Combine(target, path);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                var text = content.Replace("{{name}}", name, StringComparison.Ordinal)
                    .Replace("{{language}}", known.Title, StringComparison.Ordinal)
                    .Replace("{{source}}", known.Source, StringComparison.Ordinal);
                await File.WriteAllTextAsync(file, text, cancel);
                if (path.EndsWith(".sh", StringComparison.Ordinal) && !OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{target} cannot be written: {e.Message}", e);
        }

        output.WriteLine($"A cell in {known.Title} in {target}. Next: {name}/build.sh, then {name}/README.md");
        return 0;
    }

    /// <summary>What a language's project is made of: its own files, the SDK's, and those all have.</summary>
    private static IEnumerable<(string Path, string Content)> Files(string language)
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            foreach (var folder in (string[])[$"{Prefix}{language}/", $"{Prefix}common/"])
            {
                if (resource.StartsWith(folder, StringComparison.Ordinal))
                {
                    using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
                    yield return (resource[folder.Length..], reader.ReadToEnd());
                }
            }
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{0,39}$")]
    private static partial Regex Name();
}
