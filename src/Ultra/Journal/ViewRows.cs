using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A view as of one entry, which replaces all that <c>control</c> knew of it.</summary>
/// <param name="Seq">The entry that declared it: <c>mission.submitted</c> or <c>view.declared</c>.</param>
/// <param name="ColumnsJson"><c>[{"name":…,"type":…,"nullable":…}…]</c>; of a decimal also its scale.</param>
/// <param name="Plan">How it is computed, one operator a line.</param>
/// <param name="Rows">All of them, each once; empty when it is not published.</param>
public sealed record ViewProjection(
    TenantId Tenant, MissionId Mission, string View, string Sql, bool Published, string ColumnsJson, string Plan, long Seq, IReadOnlyList<ViewRow> Rows);

/// <summary>What the entry at <paramref name="Seq"/> changed of a published view.</summary>
/// <param name="Rows">Never empty; each row once, sorted by key.</param>
public sealed record ViewDelta(TenantId Tenant, MissionId Mission, string View, long Seq, IReadOnlyList<ViewRow> Rows);

/// <summary>One row of a view, or of a change of one.</summary>
/// <param name="Key">The row's bytes in the order of its columns: equal rows have equal keys, and their order is the rows' order.</param>
/// <param name="Json">The row as an object, columns in order.</param>
/// <param name="Weight">How often the row is there, or how many more: negative in a change that takes it away. Never 0.</param>
public readonly record struct ViewRow(byte[] Key, byte[] Json, long Weight);
