namespace Voxeltron.Tests.Support.Histories;

/// <summary>One thing wrong, with the operations that show it and why each step of the argument holds.</summary>
/// <param name="Explanation">Lines for a reader: the operations first, then the argument.</param>
public sealed record Finding(Anomaly Anomaly, IReadOnlyList<Operation> Operations, string Explanation)
{
    internal static Finding Of(Anomaly anomaly, string because, params Operation[] operations) =>
        new(anomaly, operations, string.Join('\n', operations.Select(o => $"  {o}").Append($"  {because}")));

    public string Name => Anomaly switch
    {
        Anomaly.G0Realtime => "G0-realtime",
        Anomaly.G1cRealtime => "G1c-realtime",
        Anomaly.GSingle => "G-single",
        Anomaly.GSingleRealtime => "G-single-realtime",
        Anomaly.GNonadjacent => "G-nonadjacent",
        Anomaly.GNonadjacentRealtime => "G-nonadjacent-realtime",
        Anomaly.G2Realtime => "G2-realtime",
        _ => Anomaly.ToString(),
    };

    public override string ToString() => $"{Name}:\n{Explanation}";
}
