namespace Voxeltron.Hosting;

/// <summary>The fabric's long-lived signing keys, each a file of its own in <c>keys/</c>.</summary>
public enum FabricKey
{
    /// <summary>Signs genesis. Take the file offline after set-up: nothing that runs needs it.</summary>
    Root,

    /// <summary>Delegates host keys; read by worker hosts.</summary>
    Ca,
    Api,
    Sre,
    Operator,

    /// <summary>Signs checkpoints; read by the elected integrator in the worker hosts.</summary>
    Log,
}

public static class FabricKeys
{
    public static readonly IReadOnlyList<FabricKey> All =
        [FabricKey.Root, FabricKey.Ca, FabricKey.Api, FabricKey.Sre, FabricKey.Operator, FabricKey.Log];

    /// <summary>The word used in file names, actors and delegations.</summary>
    public static string Word(this FabricKey key) => key switch
    {
        FabricKey.Root => "root",
        FabricKey.Ca => "ca",
        FabricKey.Api => "api",
        FabricKey.Sre => "sre",
        FabricKey.Operator => "operator",
        FabricKey.Log => "log",
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, "no such key"),
    };
}
