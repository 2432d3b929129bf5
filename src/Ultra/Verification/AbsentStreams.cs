using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Follows the leaves of absent streams beside the commits; both are ordered by host and number.</summary>
internal sealed class AbsentStreams : IAsyncDisposable
{
    /// <summary>Streams of one commit; no host has more missions at once.</summary>
    private const int MostStreams = 1_000_000;

    private readonly IAsyncEnumerator<AbsentSeal> _seals;
    private bool _began;
    private bool _more;

    private AbsentStreams(IAsyncEnumerator<AbsentSeal> seals) => _seals = seals;

    /// <returns>Null for a log that has every stream.</returns>
    public static AbsentStreams? Of(ILogReader reader, CancellationToken ct) =>
        reader is IPartialLog { IsPartial: true } partial ? new AbsentStreams(partial.AbsentSeals(ct).GetAsyncEnumerator(ct)) : null;

    /// <summary>The leaves of this commit's absent streams. Those before it belong to no commit of the log.</summary>
    public async Task<IReadOnlyList<AbsentSeal>> TakeAsync(CommitRow commit, FindingList findings)
    {
        await BeginAsync();
        var taken = new List<AbsentSeal>();
        for (; _more && AbsentSealOrder.Compare(_seals.Current.Host, _seals.Current.CommitNumber, commit.Host, commit.Number) is <= 0 and var order; _more = await _seals.MoveNextAsync())
        {
            if (order == 0 && taken.Count <= MostStreams)
            {
                // One too many makes the counts differ, which is all that more could show.
                taken.Add(_seals.Current);
            }
            else if (order != 0)
            {
                Report(_seals.Current.Host, _seals.Current.CommitNumber, findings);
            }
        }

        return taken;
    }

    /// <summary>Call after the last commit.</summary>
    public async Task EndAsync(FindingList findings)
    {
        await BeginAsync();
        for (; _more; _more = await _seals.MoveNextAsync())
        {
            Report(_seals.Current.Host, _seals.Current.CommitNumber, findings);
        }
    }

    public ValueTask DisposeAsync() => _seals.DisposeAsync();

    private async Task BeginAsync()
    {
        if (!_began)
        {
            _began = true;
            _more = await _seals.MoveNextAsync();
        }
    }

    private static void Report(HostId host, long number, FindingList findings) =>
        findings.Add(FindingCodes.CommitMissing, $"The leaf of an absent stream names commit {number} of {host}, which is not in the log.");
}
