namespace Voxeltron.Tests.Support.Histories;

/// <summary>One append: the how manieth of its transaction to this list, and whether the last.</summary>
internal readonly record struct AppendPlace(Operation Writer, int Ordinal, bool IsLast);

/// <summary>Who appended what. Refused operations are in it too, so that a read of theirs can be named.</summary>
internal sealed class ListAppends
{
    private readonly Dictionary<(string Key, long Value), AppendPlace> _places = [];

    public ListAppends(History history)
    {
        foreach (var operation in history.Operations)
        {
            var steps = operation.Steps;
            for (var i = 0; i < steps.Count; i++)
            {
                if (steps[i] is ListAppend append && !_places.TryAdd((append.Key, append.Value), Place(operation, i, append.Key)))
                {
                    throw new ArgumentException($"{append.Value} is appended to {append.Key} by {_places[(append.Key, append.Value)].Writer.Name} and again by {operation.Name}", nameof(history));
                }
            }
        }
    }

    public AppendPlace? Find(string key, long value) => _places.TryGetValue((key, value), out var place) ? place : null;

    /// <summary>Per list the operations that happened and appended something no read shows, with their first such value.</summary>
    public static Dictionary<string, List<ObjectVersion>> Unseen(IEnumerable<Operation> happened, IEnumerable<ListOrder> orders)
    {
        var shown = orders.ToDictionary(o => o.Key, o => o.Values);
        var unseen = new Dictionary<string, List<ObjectVersion>>();
        foreach (var operation in happened)
        {
            var firsts = operation.Steps.OfType<ListAppend>().Where(a => !shown[a.Key].Contains(a.Value)).DistinctBy(a => a.Key);
            foreach (var append in firsts)
            {
                if (!unseen.TryGetValue(append.Key, out var list))
                {
                    unseen[append.Key] = list = [];
                }

                list.Add(new ObjectVersion(append.Value, operation));
            }
        }

        return unseen;
    }

    // Transactions are short: counting twice is cheaper than a dictionary each.
    private static AppendPlace Place(Operation operation, int step, string key)
    {
        var (ordinal, isLast) = (0, true);
        for (var i = 0; i < operation.Steps.Count; i++)
        {
            if (i != step && operation.Steps[i] is ListAppend other && other.Key == key)
            {
                (ordinal, isLast) = i < step ? (ordinal + 1, isLast) : (ordinal, false);
            }
        }

        return new AppendPlace(operation, ordinal, isLast);
    }
}
