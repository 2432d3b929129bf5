namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// The objects of a search at one point of one order: a number for each. A list's is that of its contents in
/// <see cref="ListNumbers"/>, so that states compare in as many steps as there are objects. Never written to once made.
/// </summary>
internal readonly struct SearchState(long[] slots) : IEquatable<SearchState>
{
    /// <summary>No value and no row. A history that uses this very number as a value is refused.</summary>
    public const long Absent = long.MinValue;

    public long[] Slots { get; } = slots;

    public bool Equals(SearchState other) => Slots.AsSpan().SequenceEqual(other.Slots);

    public override bool Equals(object? obj) => obj is SearchState other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var slot in Slots)
        {
            hash.Add(slot);
        }

        return hash.ToHashCode();
    }
}

/// <summary>Gives each list that occurs a number: zero is the empty one, every other is one element behind another.</summary>
internal sealed class ListNumbers
{
    private readonly Dictionary<(long Before, long Value), long> _numbers = [];
    private readonly List<(long Before, long Value)> _lists = [(0, 0)];

    public long Append(long list, long value)
    {
        if (!_numbers.TryGetValue((list, value), out var number))
        {
            number = _numbers[(list, value)] = _lists.Count;
            _lists.Add((list, value));
        }

        return number;
    }

    public long Of(IEnumerable<long> elements) => elements.Aggregate(0L, Append);

    public long[] Elements(long list)
    {
        var elements = new List<long>();
        for (; list != 0; list = _lists[(int)list].Before)
        {
            elements.Add(_lists[(int)list].Value);
        }

        elements.Reverse();
        return [.. elements];
    }
}
