namespace Voxeltron.CellWorker;

/// <summary>
/// Collects garbage while nothing is under way. Fifty boots in flight are a megabyte of small living objects: a collection in
/// their midst copies them and holds everybody up for 5 to 20 ms. A moment later they are dead, and it takes 2 to 3.
/// </summary>
/// <remarks>One caller: the committer, which is the last to be done. Under load without a pause the runtime collects when it must.</remarks>
/// <param name="allocated">Bytes allocated so far.</param>
/// <param name="collections">Collections so far, whoever asked for them.</param>
internal sealed class IdleCollector(Func<long> allocated, Func<int> collections, Action collect)
{
    /// <summary>Bytes since the last collection from which another is worth its 2 ms. A boot leaves some 24 KiB.</summary>
    public const long WorthwhileBytes = 1024 * 1024;

    private long _allocated;
    private int _collections;

    public static IdleCollector OfRuntime() => new(
        static () => GC.GetTotalAllocatedBytes(),
        static () => GC.CollectionCount(0),
        // Both young generations: what outlived the first of them is dead as well by now, or stays for long.
        static () => GC.Collect(1, GCCollectionMode.Forced, blocking: true));

    public bool IsWorthwhile
    {
        get
        {
            var (bytes, count) = (allocated(), collections());
            if (count != _collections)
            {
                (_allocated, _collections) = (bytes, count);
            }

            return bytes - _allocated >= WorthwhileBytes;
        }
    }

    public void Collect() => collect();
}
