using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Which role may sign which intent: one table for the owner that appends and the verifier that judges.</summary>
public static class IntentRoles
{
    public static bool MaySign(string role, string kind) => kind switch
    {
        EntryKinds.Genesis => role == KeyRoles.Root,
        EntryKinds.KeyDelegated => role == KeyRoles.Ca,
        EntryKinds.MissionCancelRequested => role is KeyRoles.Api or KeyRoles.Operator or KeyRoles.Sre,
        EntryKinds.SnapshotJudged => role == KeyRoles.Host,
        _ => role is KeyRoles.Api or KeyRoles.Operator,
    };
}
