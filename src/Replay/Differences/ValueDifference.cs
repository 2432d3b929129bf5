namespace Voxeltron.Replay;

/// <summary>One place where two JSON documents differ.</summary>
/// <param name="Path">Members joined by dots, positions in brackets; <c>:</c> where a text is JSON itself and the path goes on inside.</param>
/// <param name="Recorded">JSON text of the left side, cut around the difference when long; null where there is nothing.</param>
/// <param name="Replayed">The right side, as <paramref name="Recorded"/>.</param>
/// <param name="Row">Set when the place is a row of a table.</param>
public sealed record ValueDifference(string Path, string? Recorded, string? Replayed, RowPlace? Row = null)
{
    /// <summary>The place in words.</summary>
    public string Place => Row is { } row ? $"table {row.Table}, key {row.Key}{(row.Column is null ? "" : $", column {row.Column}")}" : Path;
}

/// <param name="Key">JSON object of the key columns.</param>
/// <param name="Column">Null when the whole row is meant.</param>
public sealed record RowPlace(string Table, string Key, string? Column);
