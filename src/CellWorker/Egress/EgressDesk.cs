using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>What all missions of a host share of the way out: the gate, whose signatures count, and how much may be under way.</summary>
/// <param name="operators">Public keys whose signature makes an egress profile.</param>
internal sealed class EgressDesk(IEgressGate gate, IReadOnlyList<byte[]> operators, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>Requests under way at once. Those beyond wait, and their time runs from when they leave.</summary>
    private const int MostUnderWay = 1_024;

    /// <summary>Bytes of bodies under way, as they may become.</summary>
    private const long MostBytes = 512L << 20;

    /// <summary>The parts of both that one mission may have: an eighth of the requests, a quarter of the bytes.</summary>
    public const int MostOfOneMission = 128;
    private const long MostBytesOfOneMission = 128L << 20;

    /// <summary>How long a boot may wait for a namespace to be made. Longer than the broker needs, much shorter than a lease.</summary>
    private static readonly TimeSpan BootPatience = TimeSpan.FromMilliseconds(25);

    private readonly EgressQuota _quota = new(MostUnderWay, MostBytes, host: null);

    /// <param name="operators">Directory of public keys; one that is no key is an error: it may be one somebody counts on.</param>
    /// <exception cref="VoxeltronException"><c>state_bad_key</c></exception>
    public static EgressDesk Of(string operators, WorkerOptions options, TimeProvider clock)
    {
        var keys = Directory.Exists(operators) ? Directory.GetFiles(operators, "*.pub").Order(StringComparer.Ordinal).Select(Hosting.PublicKeyFile.Read).ToList() : [];
        return new EgressDesk(options.BrokerSocket.Length > 0 ? new BrokerGate(options.BrokerSocket) : new ClosedGate(options.NoBrokerReason), keys, clock);
    }

    public TimeProvider Clock => clock;

    /// <summary>An operator of this fabric signed it.</summary>
    public bool IsSigned(ModelsCredential credential) => credential.SignedBy(operators) is not null;

    /// <summary>Why cells of the profile may not be run for the tenant on this host, by code and in words; null when they may.</summary>
    public (string Code, string Reason)? Refusal(EgressCredential credential, TenantId tenant) =>
        Verdict(credential, tenant) ?? (gate.Closed is { } reason ? (RequestCodes.Unavailable, $"Nothing can leave this machine: {reason}") : null);

    /// <summary>The same of any host: what is wrong with the profile itself.</summary>
    public (string Code, string Reason)? Verdict(EgressCredential credential, TenantId tenant)
    {
        var profile = credential.Profile;
        if (profile.Tenant != tenant)
        {
            return (RequestCodes.OtherTenant, $"Egress profile '{profile.Name}' is signed for tenant {profile.Tenant}, not for {tenant}.");
        }

        if (credential.SignedBy(operators) is null)
        {
            return (BrokerCodes.ProfileForged, $"Egress profile '{profile.Name}' carries no signature of an operator of this fabric. An operator signs it with: voxeltron egress sign.");
        }

        if (clock.NowUs() >= profile.NotAfterUs)
        {
            return (BrokerCodes.ProfileExpired, $"Egress profile '{profile.Name}' has expired. An operator signs it again with a later not_after.");
        }

        return null;
    }

    /// <summary>Cells of the profile will boot soon.</summary>
    public void Prepare(EgressCredential credential) => gate.Prepare(credential);

    /// <summary>A cell's part of the network, as it boots. Without a namespace the cell begins all the same: it is asked for again with the first request.</summary>
    /// <param name="origin">One of <see cref="Execution.NetnsOrigins"/>.</param>
    public CellNetwork Take(EgressCredential credential, out string origin)
    {
        var space = gate.TryTake(credential);
        origin = Execution.NetnsOrigins.Hit;
        if (space is null)
        {
            space = gate.TakeNow(credential, BootPatience, out var wasReady);
            origin = space is null ? Execution.NetnsOrigins.Later : wasReady ? Execution.NetnsOrigins.Hit : Execution.NetnsOrigins.Miss;
        }

        return new CellNetwork(credential, gate, space);
    }

    /// <summary>For requests whose cell is gone.</summary>
    public CellNetwork Later(EgressCredential credential) => new(credential, gate, null);

    /// <summary>A mission's part of what may be under way; one each.</summary>
    public EgressQuota Quota() => new(MostOfOneMission, MostBytesOfOneMission, _quota);

    public async ValueTask DisposeAsync()
    {
        if (gate is IAsyncDisposable open)
        {
            await open.DisposeAsync();
        }
    }
}
