namespace Voxeltron.Cosmictron;

/// <summary>Who sees a table's rows.</summary>
public enum TableScope : byte
{
    /// <summary>Every cell of the mission.</summary>
    Mission = 0,

    /// <summary>One cell alone. Named in the format, refused by <see cref="TableSchema.Validate"/> until private shards are built.</summary>
    Cell = 1,
}
