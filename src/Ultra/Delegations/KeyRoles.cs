namespace Voxeltron.Ultra;

/// <summary>What a delegated key may sign for.</summary>
public static class KeyRoles
{
    /// <summary>Delegates every other key. Itself delegated by the root key only.</summary>
    public const string Ca = "ca";

    /// <summary>Host seals and commits; its subject is one host.</summary>
    public const string Host = "host";

    public const string Api = "api";

    public const string Sre = "sre";

    public const string Operator = "operator";

    /// <summary>Checkpoints.</summary>
    public const string Log = "log";

    /// <summary>The offline key everything hangs from. Never delegated; known from a file outside the database.</summary>
    public const string Root = "root";

    public static bool IsDelegable(string role) => role is Ca or Host or Api or Sre or Operator or Log;
}
