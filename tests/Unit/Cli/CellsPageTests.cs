using System.Diagnostics;
using System.Text.RegularExpressions;
using Voxeltron.Cells;
using Voxeltron.Tests.Unit.Cells;
using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Cli;

/// <summary>Goal: what docs/cells.md shows is what builds. Method: its blocks are the templates, which <see cref="NewCommandTests"/> builds; its program is built here.</summary>
public sealed class CellsPageTests(CellFixture cells) : IClassFixture<CellFixture>
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "cells.md"));

    [Theory]
    [InlineData("c", "c/cell.c")]
    [InlineData("rust", "rust/src/lib.rs")]
    [InlineData("ts", "assemblyscript/cell.ts")]
    public void A_cell_on_the_page_is_the_one_of_the_template(string fence, string template)
    {
        Assert.Equal(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "src", "Cli", "Templates", template)), Blocks(fence)[0]);
    }

    [CompilerFact("c-program")]
    public void The_program_on_the_page_builds_as_the_page_says_and_counts()
    {
        var folder = Directory.CreateTempSubdirectory("vxt-page-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "lines.c"), Blocks("c")[1]);
            var command = Regex.Match(s_page, "^    (clang-14 .*?) +#", RegexOptions.Multiline).Groups[1].Value;
            using var compiler = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { WorkingDirectory = folder })!;
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);

            using var module = CellFixture.Compile(cells.Engine, File.ReadAllBytes(Path.Combine(folder, "lines.wasm")));
            using var cell = cells.Boot(module);
            var outcome = CellFixture.Deliver(cell, CellFixture.NewStore(), CellFixture.TaskEvent("one\ntwo\n"));
            Assert.Equal((ActionStatus.Completed, "2"), (outcome.Status, CellFixture.ResultText(outcome)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<string> Blocks(string fence) => [.. Regex.Matches(s_page, $"^```{fence}\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline).Select(static match => match.Groups[1].Value)];
}
