using System.Text;

namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// What a checker says of a history. A finding is proof. No finding and nothing undecided is proof of the contrary, within
/// what the checker claims; something undecided was too large to search.
/// </summary>
public sealed class Verdict
{
    // A broken system breaks everywhere: a few of each kind are enough to begin with.
    private const int KeptOfEachAnomaly = 5;

    private readonly List<Finding> _findings = [];
    private readonly List<string> _undecided = [];
    private readonly Dictionary<Anomaly, int> _counts = [];

    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>What was not judged, and why.</summary>
    public IReadOnlyList<string> Undecided => _undecided;

    /// <summary>Nothing is wrong and all was judged.</summary>
    public bool IsValid => _findings.Count == 0 && _undecided.Count == 0;

    /// <summary>Something is proved wrong.</summary>
    public bool IsInvalid => _findings.Count > 0;

    public bool Has(Anomaly anomaly) => _counts.ContainsKey(anomaly);

    internal void Add(Finding finding)
    {
        var count = _counts[finding.Anomaly] = _counts.GetValueOrDefault(finding.Anomaly) + 1;
        if (count <= KeptOfEachAnomaly)
        {
            _findings.Add(finding);
        }
    }

    internal void Add(Anomaly anomaly, string because, params Operation[] operations) => Add(Finding.Of(anomaly, because, operations));

    internal void AddUndecided(string what) => _undecided.Add(what);

    internal void AddAll(Verdict other)
    {
        _findings.AddRange(other._findings);
        _undecided.AddRange(other._undecided);
        foreach (var (anomaly, count) in other._counts)
        {
            _counts[anomaly] = _counts.GetValueOrDefault(anomaly) + count;
        }
    }

    /// <summary>A report for a failed assertion.</summary>
    public override string ToString()
    {
        if (IsValid)
        {
            return "valid";
        }

        var text = new StringBuilder();
        foreach (var finding in _findings)
        {
            text.Append(finding).Append('\n');
        }

        foreach (var (anomaly, count) in _counts.Where(c => c.Value > KeptOfEachAnomaly))
        {
            text.Append($"{anomaly}: {count} in all\n");
        }

        foreach (var what in _undecided)
        {
            text.Append($"undecided: {what}\n");
        }

        return text.ToString();
    }
}
