namespace Voxeltron.Postgres;

/// <summary>A row of <c>control.view</c>.</summary>
/// <param name="ColumnsJson">A list of objects.</param>
/// <param name="Plan">One operator a line.</param>
/// <param name="BuiltSeq">The entry that declared it.</param>
public sealed record DeclaredView(string Name, string Sql, bool Published, string ColumnsJson, string Plan, long BuiltSeq);

/// <summary>Where a view and its mission stand.</summary>
/// <param name="BaseSeq">Changes up to here are no longer told apart.</param>
/// <param name="HeadSeq">The mission's last entry.</param>
/// <param name="MissionStatus">Null while the mission has no row.</param>
public sealed record ViewState(bool Published, long BaseSeq, long HeadSeq, string? MissionStatus);

/// <summary>A place in a view's changes: after one row of one entry's change.</summary>
public readonly record struct ViewCursor(long Seq, int Ordinal)
{
    /// <summary>After all that the entry changed.</summary>
    public static ViewCursor After(long seq) => new(seq, int.MaxValue);
}

/// <summary>One row of what an entry changed.</summary>
/// <param name="Last">No further row of the same entry's change comes.</param>
/// <param name="Json">The row, UTF-8, on one line.</param>
public readonly record struct ViewChange(ViewCursor At, bool Last, byte[] Json, long Weight);

/// <summary>Changes in order, and the state they were read with.</summary>
/// <param name="More">Others follow already.</param>
public sealed record ViewPage(ViewState State, IReadOnlyList<ViewChange> Changes, bool More);
