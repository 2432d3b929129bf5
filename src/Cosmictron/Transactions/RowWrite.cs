namespace Voxeltron.Cosmictron;

public enum RowOperation : byte
{
    Put = 1,
    Delete = 2,
}

/// <summary>One recorded write: the whole row tuple of a put, the key tuple of a delete.</summary>
/// <param name="Cell">The shard (a task key) of a table of scope cell; null for every other table.</param>
public sealed record RowWrite(string Table, RowOperation Operation, byte[] Tuple, string? Cell = null);
