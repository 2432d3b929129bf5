using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Which key may ask for what. The owner asks before it appends, the verifier when it reads: one rule for both.</summary>
public static class IntentRoles
{
    /// <param name="role">The part of the actor before the slash.</param>
    /// <param name="kind">One of the intents among <see cref="EntryKinds"/>.</param>
    public static bool MaySign(string role, string kind) => kind switch
    {
        EntryKinds.Genesis => role == KeyRoles.Root,
        EntryKinds.KeyDelegated => role == KeyRoles.Ca,
        EntryKinds.MissionCancelRequested => role is KeyRoles.Api or KeyRoles.Operator or KeyRoles.Sre,
        _ => role is KeyRoles.Api or KeyRoles.Operator,
    };
}
