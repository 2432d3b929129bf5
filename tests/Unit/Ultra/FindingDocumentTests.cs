using System.Reflection;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>Goal: an auditor who sees a code finds it in docs/log.md. Method: the document's table against the code, both ways.</summary>
public sealed class FindingDocumentTests
{
    [Fact]
    public void Every_code_of_a_finding_is_explained_in_the_document_once_and_in_the_order_of_the_code()
    {
        var codes = typeof(FindingCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field => (string)field.GetRawConstantValue()!);
        var section = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "log.md")).Split("\n## ").Single(static s => s.StartsWith("Findings\n", StringComparison.Ordinal));
        var rows = section.Split('\n').Where(static line => line.StartsWith("| `", StringComparison.Ordinal)).Select(static line => line.Split(" | ")).ToList();
        Assert.Equal(codes, rows.Select(static row => row[0].Trim('|', ' ', '`')));
        Assert.All(rows, static row => Assert.Equal(3, row.Length));
    }
}
