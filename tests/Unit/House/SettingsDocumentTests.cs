using System.Text.RegularExpressions;
using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit;

/// <summary>Goal: docs/configuration.md names every setting and no other. Method: the names the sources read against the first column of its table.</summary>
public sealed partial class SettingsDocumentTests
{
    /// <summary>Made of two parts in the code, so no reading of it by text finds them.</summary>
    private static readonly string[] Composed = ["api.url", "worker.url", "sre.url"];

    [Fact]
    public void The_settings_in_the_document_are_those_the_code_reads()
    {
        var read = new[] { "src", "db" }
            .SelectMany(static top => Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, top), "*.cs", SearchOption.AllDirectories))
            .Where(static file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            // Ultra does no I/O and reads no settings; it reads the lines of an export, by names.
            .Where(static file => !file.Contains(Path.Combine("src", "Ultra"), StringComparison.Ordinal))
            .SelectMany(static file => Reading().Matches(File.ReadAllText(file)).Select(static match => match.Groups["name"].Value.Replace(':', '.')))
            .Concat(Composed)
            .Distinct();
        var section = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "configuration.md"))
            .Split("\n## ").Single(static s => s.StartsWith("config.json", StringComparison.Ordinal));
        var written = section.Split('\n')
            .Where(static line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(static line => Name().Matches(line.Split(" | ")[0]).Select(static match => match.Groups[1].Value));
        Assert.Equal(read.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(""" (?:\.(?:WholeNumber|Text|RequiredText|Choice|Url|GetValue)(?:<[^>]*>)?\(|Milliseconds\(settings,\ |[sS]ettings\[)"(?<name>[a-z_]+(?::[a-z_]+)?)" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Reading();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();
}
