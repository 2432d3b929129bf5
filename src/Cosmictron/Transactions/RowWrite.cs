namespace Voxeltron.Cosmictron;

public enum RowOperation : byte
{
    Put = 1,
    Delete = 2,
}

/// <summary>One recorded write: the whole row tuple of a put, the key tuple of a delete.</summary>
public sealed record RowWrite(string Table, RowOperation Operation, byte[] Tuple);
