namespace Voxeltron.Benchmarks;

/// <param name="Item">The item's key.</param>
/// <param name="Posted">Just before the client's first byte.</param>
/// <param name="Answered">The whole answer was read.</param>
internal readonly record struct SentItem(string Item, long Posted, long Answered);
