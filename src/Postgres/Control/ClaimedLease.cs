using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>A stream this host may write now.</summary>
/// <param name="Role">mission or system.</param>
/// <param name="Epoch">What to write under. The first commit names <see cref="PreviousEpoch"/> and is fenced when somebody was faster.</param>
public sealed record ClaimedLease(TenantId Tenant, StreamId Stream, string Role, long Epoch)
{
    /// <summary>Where the head must still stand; 0 = the stream is new.</summary>
    public long PreviousEpoch => Epoch - 1;

    public StreamRef Ref => new(Tenant, Stream);
}

/// <summary>Names a lease by holder's term: a renewal or a release of an older term does nothing.</summary>
public readonly record struct LeaseTerm(TenantId Tenant, StreamId Stream, long Epoch);
