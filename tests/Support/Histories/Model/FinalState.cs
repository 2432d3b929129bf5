namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// What was there when everything had come to rest. An object the history touches and this does not name is taken as
/// empty, so a state that leaves one out says that its writes are gone.
/// </summary>
public sealed record FinalState
{
    public IReadOnlyDictionary<string, long[]> Lists { get; init; } = new Dictionary<string, long[]>();

    public IReadOnlyDictionary<string, long> Registers { get; init; } = new Dictionary<string, long>();

    public IReadOnlyDictionary<string, long> Counters { get; init; } = new Dictionary<string, long>();

    public IReadOnlyDictionary<string, long> UniqueKeys { get; init; } = new Dictionary<string, long>();

    /// <summary>The state as reads of one transaction over all these objects.</summary>
    internal IReadOnlyList<MicroOp> AsReads(IEnumerable<(DataKind Kind, string Key)> touched)
    {
        var objects = touched
            .Concat(Lists.Keys.Select(k => (DataKind.List, k)))
            .Concat(Registers.Keys.Select(k => (DataKind.Register, k)))
            .Concat(Counters.Keys.Select(k => (DataKind.Counter, k)))
            .Concat(UniqueKeys.Keys.Select(k => (DataKind.UniqueKey, k)));
        return [.. objects.Distinct().Select(o => Read(o.Item1, o.Item2))];
    }

    private MicroOp Read(DataKind kind, string key) => kind switch
    {
        DataKind.List => new ListRead(key, Lists.GetValueOrDefault(key) ?? []),
        DataKind.Register => new RegisterRead(key, Registers.TryGetValue(key, out var value) ? value : null),
        DataKind.Counter => new CounterRead(key, Counters.GetValueOrDefault(key)),
        _ => new UniqueRead(key, UniqueKeys.TryGetValue(key, out var row) ? row : null),
    };
}
