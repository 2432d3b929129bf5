using System.Text.RegularExpressions;
using Voxeltron.Tests.Support;
using Voxeltron.Tests.Unit.Ultra;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>
/// db/migrations/schema.sql: the schema a fresh database ends with, for people to read and for review to show what a step
/// really changes. Rewrite it with VOXELTRON_WRITE_SCHEMA=1 and this test.
/// </summary>
internal static partial class SchemaFile
{
    public static string Path { get; } = System.IO.Path.Combine(RepositoryRoot.Path, "db", "migrations", "schema.sql");

    /// <summary>pg_dump without what differs between servers: versions, settings, the random key of \restrict. Hangfire's schemas are Hangfire's.</summary>
    public static async Task<string> DumpAsync(TestDatabase database)
    {
        var dump = await Shell.RunAsync(
            DumpProgram,
            "--schema-only", "--no-owner", "--exclude-schema=hangfire*", "-d", LibpqUri(database));
        var kept = dump.Split('\n').Where(static line =>
            !line.StartsWith("-- Dumped", StringComparison.Ordinal) && !line.StartsWith("SET ", StringComparison.Ordinal)
            && !line.StartsWith("SELECT pg_catalog.set_config", StringComparison.Ordinal) && !line.StartsWith('\\') && line != "--");
        var text = BlankLines().Replace(string.Join('\n', kept), "\n\n").Trim();
        return $"-- The schema after the last step, by pg_dump {Major(await Shell.RunAsync(DumpProgram, "--version"))}. Generated: see SchemaFile in tests/Integration.\n\n{text}\n";

    }

    /// <summary>Releases of pg_dump write the same schema differently; only the one that wrote the file can be compared with it.</summary>
    public static async Task<bool> WasWrittenByThisPgDumpAsync()
    {
        var head = File.ReadLines(Path).First();
        return head.Contains($"pg_dump {Major(await Shell.RunAsync(DumpProgram, "--version"))}.", StringComparison.Ordinal);
    }

    private static string DumpProgram
    {
        get
        {
            var beside = System.IO.Path.Combine(PostgresServer.BinaryDirectory, "pg_dump");
            return File.Exists(beside) ? beside : "pg_dump";
        }
    }

    // "pg_dump (PostgreSQL) 15.18 (Debian …)"
    private static string Major(string version) => version.Split(' ')[2].Split('.')[0].Trim();

    private static string LibpqUri(TestDatabase database)
    {
        var settings = new Npgsql.NpgsqlConnectionStringBuilder(database.ConnectionString("postgres"));
        return $"postgresql://postgres:{settings.Password}@/{settings.Database}?host={Uri.EscapeDataString(settings.Host!)}";
    }

    [GeneratedRegex(@"\n{3,}")]
    private static partial Regex BlankLines();
}
