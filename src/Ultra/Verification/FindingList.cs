namespace Voxeltron.Ultra;

/// <summary>Collects findings up to a bound: a ruined log must not exhaust the verifier.</summary>
internal sealed class FindingList
{
    public const int MaxFindings = 1000;

    private readonly List<Finding> _findings = [];

    public IReadOnlyList<Finding> All => _findings;

    public void Add(string code, string message) => Add(new Finding(code, null, null, null, message));

    public void Add(string code, StreamRef stream, long? seq, string message) =>
        Add(new Finding(code, stream.Tenant, stream.Stream, seq, message));

    private void Add(Finding finding)
    {
        if (_findings.Count < MaxFindings)
        {
            _findings.Add(finding);
        }
        else if (_findings.Count == MaxFindings)
        {
            _findings.Add(new Finding(FindingCodes.TooManyFindings, null, null, null, $"More than {MaxFindings} findings; the rest is not listed."));
        }
    }
}
