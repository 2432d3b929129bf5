using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>The questions of docs/audit-queries.md: one a section, each a heading, some text and one block of SQL.</summary>
internal static class AuditQuestions
{
    public static string DocumentPath => Path.Combine(RepositoryRoot.Path, "docs", "audit-queries.md");

    public static IReadOnlyList<AuditQuestion> Read()
    {
        var questions = new List<AuditQuestion>();
        foreach (var section in File.ReadAllText(DocumentPath).Split("\n## ")[1..])
        {
            var parts = section.Split("```sql\n");
            Assert.Equal(2, parts.Length);
            questions.Add(new AuditQuestion(
                section[..section.IndexOf('\n', StringComparison.Ordinal)],
                parts[0].Contains("Expect no rows", StringComparison.Ordinal),
                parts[1][..parts[1].IndexOf("```", StringComparison.Ordinal)]));
        }

        return questions;
    }
}

/// <param name="ExpectsNoRows">The text says that a sound log gives none.</param>
internal sealed record AuditQuestion(string Title, bool ExpectsNoRows, string Sql);
