using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>
/// The root-signed first entry of a fabric: its id, its root key, and the delegations the root and its CA made at set-up.
/// Whoever holds the root public key in a file needs nothing else to judge the whole log.
/// </summary>
public static class GenesisBuilder
{
    private const int Version = 1;

    /// <summary>Delegates the five first keys and signs the genesis intent, to be put in the inbox of the fabric's system stream.</summary>
    public static Intent Build(ISigner root, ISigner ca, ISigner api, ISigner sre, ISigner @operator, ISigner log, GenesisOptions options)
    {
        var from = options.TimeUs;
        var until = from + Microseconds(options.KeysValidFor);
        Delegation[] delegations =
        [
            Delegation.ForKey(root, ca.PublicKey, KeyRoles.Ca, from, from + Microseconds(options.CaValidFor)),
            Delegation.ForKey(ca, api.PublicKey, KeyRoles.Api, from, until),
            Delegation.ForKey(ca, sre.PublicKey, KeyRoles.Sre, from, until),
            Delegation.ForKey(ca, @operator.PublicKey, KeyRoles.Operator, from, until),
            Delegation.ForKey(ca, log.PublicKey, KeyRoles.Log, from, until),
        ];

        return IntentBuilder.Build(
            root,
            Actors.Key(KeyRoles.Root, root.KeyId),
            TenantId.Fabric,
            StreamId.System(TenantId.Fabric),
            EntryKinds.Genesis,
            options.TimeUs,
            options.IntentId,
            writer => Write(writer, root, options.Fabric, delegations));
    }

    private static void Write(JcsWriter writer, ISigner root, Guid fabric, Delegation[] delegations)
    {
        writer.Name("delegations").BeginArray();
        foreach (var delegation in delegations)
        {
            delegation.WriteTo(writer);
        }

        writer.EndArray()
            .Name("fabric").String(fabric.ToString("N"))
            .Name("root").BeginObject()
            .Name("key").Base64(root.PublicKey)
            .Name("kid").String(root.KeyId.Value)
            .EndObject()
            .Name("v").Integer(Version);
    }

    private static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
