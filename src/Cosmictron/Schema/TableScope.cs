namespace Voxeltron.Cosmictron;

/// <summary>Who sees a table's rows.</summary>
public enum TableScope : byte
{
    /// <summary>Every cell of the mission.</summary>
    Mission = 0,

    /// <summary>
    /// One logical cell alone: a shard for each task, kept over its attempts and dropped when it ends. Keys and unique
    /// indexes are per shard.
    /// </summary>
    Cell = 1,
}
