using Voxeltron.Ultra;

namespace Voxeltron.Cosmictron;

/// <summary>What the entry <paramref name="Seq"/> changed of a published view: rows in order, each once.</summary>
public sealed record ViewChange(string View, long Seq, IReadOnlyList<ViewRow> Rows);

/// <summary>A task begins to follow the rows of a view that begin with some values.</summary>
/// <param name="Ticket">The subscription's number, from the same count as the task's timers.</param>
/// <param name="Prefix">A tuple of the view's first columns; empty: all rows.</param>
public readonly record struct CellSubscription(long Ticket, string View, byte[] Prefix);
