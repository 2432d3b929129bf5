using System.Security.Cryptography;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Who this incarnation is: a fresh id and a fresh key, delegated by the CA for a bounded time. The private key never
/// leaves the process; a restarted worker is somebody else.
/// </summary>
internal sealed record HostIdentity(HostId Host, ISigner Signer, Intent Delegation, long NotAfterUs)
{
    /// <summary>DESIGN §4: host keys live 30 days. A worker replaces its incarnation well before.</summary>
    private static readonly TimeSpan KeyLifetime = TimeSpan.FromDays(30);

    public static HostIdentity Create(ISigner certificateAuthority, TimeProvider clock)
    {
        var host = new HostId(Guid.CreateVersion7(clock.GetUtcNow()));
        var signer = new Ed25519Signer(RandomNumberGenerator.GetBytes(Ed25519.SeedBytes));
        var nowUs = clock.NowUs();
        var notAfterUs = nowUs + Us(KeyLifetime);
        var delegation = Ultra.Delegation.ForHost(certificateAuthority, signer.PublicKey, host, nowUs, notAfterUs);
        var intent = IntentBuilder.KeyDelegated(certificateAuthority, delegation, nowUs, Guid.CreateVersion7(clock.GetUtcNow()));
        return new HostIdentity(host, signer, intent, notAfterUs);
    }

    private static long Us(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
