using System.Text.Json;
using Voxeltron.Cosmictron;
using Voxeltron.Tests.Unit.Ultra;

namespace Voxeltron.Tests.Unit.Samples;

/// <summary>The prior-authorisation sample as it lies in the repository.</summary>
public static class SampleSpec
{
    public static string Folder { get; } = Path.Combine(RepositoryRoot.Path, "samples", "prior-auth");

    public static byte[] Coverage => File.ReadAllBytes(Path.Combine(Folder, "coverage.csv"));

    public static byte[] Module(string name) => File.ReadAllBytes(Path.Combine(Folder, name + ".wasm"));

    /// <summary>The tables mission.json declares, so that a module and its mission cannot disagree unnoticed.</summary>
    public static IReadOnlyList<TableSchema> Tables()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "mission.json")));
        return [.. document.RootElement.GetProperty("tables").EnumerateArray().Select(Table)];
    }

    private static TableSchema Table(JsonElement table) => new(
        table.GetProperty("name").GetString()!,
        [.. table.GetProperty("columns").EnumerateArray().Select(c => new Column(
            c.GetProperty("name").GetString()!,
            Enum.Parse<ColumnType>(c.GetProperty("type").GetString()!, ignoreCase: true),
            c.TryGetProperty("nullable", out var nullable) && nullable.GetBoolean()))],
        [.. table.GetProperty("key").EnumerateArray().Select(k => k.GetString()!)]);
}
