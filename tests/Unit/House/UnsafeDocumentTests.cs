using System.Text.RegularExpressions;
using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit;

/// <summary>Goal: src/Cells/Interop/README.md explains every unsafe construct of the guest boundary. Method: the files that hold one against the first column of its table.</summary>
public sealed partial class UnsafeDocumentTests
{
    /// <summary>Held by address as numbers, or spans of the stack: explained though no keyword is in them.</summary>
    private static readonly string[] s_besides =
        ["EngineConfig.cs", "EngineHandle.cs", "InstancePreHandle.cs", "LinkerHandle.cs", "Native.Config.cs", "WasmModuleHandle.cs"];

    [Fact]
    public void The_page_lists_the_files_that_hold_unsafe_code_and_no_others()
    {
        var room = Path.Combine(RepositoryRoot.Path, "src", "Cells");
        var held = Directory.EnumerateFiles(room, "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(static file => File.ReadLines(file).Any(static line => Unsafe().IsMatch(line)))
            .Select(static file => Path.GetFileName(file))
            .Concat(s_besides);
        var listed = File.ReadLines(Path.Combine(room, "Interop", "README.md"))
            .Where(static line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(static line => FileName().Matches(line.Split(" | ")[0]).Select(static match => match.Groups[1].Value));
        Assert.Equal(held.Distinct().Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^[^/]*\b(unsafe|stackalloc|fixed \()")]
    private static partial Regex Unsafe();

    [GeneratedRegex("`([^`]+\\.cs)`")]
    private static partial Regex FileName();
}
