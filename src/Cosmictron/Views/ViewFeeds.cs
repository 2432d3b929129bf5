namespace Voxeltron.Cosmictron;

/// <summary>What tasks follow of one view, found by the columns a row begins with.</summary>
internal sealed class ViewFeeds(string view)
{
    // By how many columns the prefix has: few lengths, many prefixes.
    private readonly SortedDictionary<int, Dictionary<byte[], CursorFeed>> _byFields = [];
    private int[] _lengths = [];

    public bool IsEmpty => _byFields.Count == 0;

    /// <summary>The numbers of columns in use, ascending.</summary>
    public ReadOnlySpan<int> Lengths => _lengths;

    public int MostFields => _lengths.Length == 0 ? 0 : _lengths[^1];

    // Hot path: per changed row and length.
    public bool TryFind(int fields, ReadOnlySpan<byte> prefix, out CursorFeed feed) =>
        _byFields[fields].GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(prefix, out feed!);

    /// <summary>The feed of that prefix, a new one if nobody follows it yet.</summary>
    public CursorFeed Take(byte[] prefix, int fields)
    {
        if (!_byFields.TryGetValue(fields, out var byPrefix))
        {
            _byFields.Add(fields, byPrefix = new Dictionary<byte[], CursorFeed>(KeyComparer.Instance));
            _lengths = [.. _byFields.Keys];
        }

        if (!byPrefix.TryGetValue(prefix, out var feed))
        {
            byPrefix.Add(prefix, feed = new CursorFeed(view, prefix, fields));
        }

        return feed;
    }

    public void Remove(CursorFeed feed)
    {
        var byPrefix = _byFields[feed.Fields];
        byPrefix.Remove(feed.Prefix);
        if (byPrefix.Count == 0)
        {
            _byFields.Remove(feed.Fields);
            _lengths = [.. _byFields.Keys];
        }
    }

    /// <summary>By number of columns, then by prefix.</summary>
    public IEnumerable<CursorFeed> InOrder() => _byFields.Values.SelectMany(static byPrefix =>
        byPrefix.Values.OrderBy(static feed => feed.Prefix, Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b))));
}
