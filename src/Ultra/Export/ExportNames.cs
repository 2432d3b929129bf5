using System.Globalization;

namespace Voxeltron.Ultra;

/// <summary>Names of an export's members. Nothing else may be in the file, so no name ever leads anywhere.</summary>
internal static class ExportNames
{
    public const string Manifest = "manifest.json";
    public const string Heads = "heads.jsonl";
    public const string Commits = "commits.jsonl";
    public const string Leaves = "leaves.jsonl";
    public const string Checkpoints = "checkpoints.jsonl";
    public const string AbsentSeals = "absent_seals.jsonl";

    public static string Entries(StreamRef stream) => Of(stream, "entries.jsonl");

    public static string Seals(StreamRef stream) => Of(stream, "seals.jsonl");

    /// <summary>Every member an export of these streams has, the manifest aside.</summary>
    public static IEnumerable<string> All(IEnumerable<StreamRef> streams, bool isPartial)
    {
        foreach (var stream in streams)
        {
            yield return Entries(stream);
            yield return Seals(stream);
        }

        yield return Heads;
        yield return Commits;
        yield return Leaves;
        yield return Checkpoints;
        if (isPartial)
        {
            yield return AbsentSeals;
        }
    }

    private static string Of(StreamRef stream, string file) => string.Create(CultureInfo.InvariantCulture, $"streams/{stream.Tenant}/{stream.Stream.Hex}/{file}");
}
