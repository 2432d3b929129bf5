namespace Voxeltron.Ultra;

/// <summary>A log that may lack streams of its fabric, but holds every commit, leaf and checkpoint.</summary>
public interface IPartialLog : ILogReader
{
    /// <summary>False: every stream is there, and a commit's root must follow from seals alone.</summary>
    bool IsPartial { get; }

    /// <summary>For every commit that touches a stream of this log, the other streams' leaves. By host, number, position; strictly rising.</summary>
    IAsyncEnumerable<AbsentSeal> AbsentSeals(CancellationToken ct);
}
