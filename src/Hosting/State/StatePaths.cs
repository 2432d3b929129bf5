namespace Voxeltron.Hosting;

/// <summary>
/// Where things lie in a state directory. Scripts know the same names (scripts/lib/common.sh, <c>use_state</c>): change both.
/// </summary>
/// <param name="Root">Absolute path of the state directory.</param>
public sealed record StatePaths(string Root)
{
    public string Config => Path.Combine(Root, "config.json");

    public string Keys => Path.Combine(Root, "keys");

    public string Secrets => Path.Combine(Root, "secrets");

    /// <summary>Pid files and the addresses processes listen on; empty when nothing runs.</summary>
    public string Run => Path.Combine(Root, "run");

    public string Log => Path.Combine(Root, "log");

    public string Checkpoints => Path.Combine(Root, "checkpoints");

    /// <summary>The latest signed tree head; copy it off the machine to be able to notice a cut tail.</summary>
    public string Checkpoint => Path.Combine(Checkpoints, "checkpoint.txt");

    /// <summary>Compiled modules. May be deleted at any time.</summary>
    public string Artifacts => Path.Combine(Root, "artifacts");

    /// <summary>Where images of sleeping cells lie while their worker lives: files without a name, so it looks empty.</summary>
    public string Spool => Path.Combine(Root, "spool");

    /// <summary>The first API key, for the scripts.</summary>
    public string ApiKey => Path.Combine(Root, "api-key");

    public string RootPublicKey => Path.Combine(Keys, "root.pub");

    /// <summary>Public keys whose signature makes an egress profile, one file each: set-up puts the fabric's operator key there, an administrator those of other people.</summary>
    public string Operators => Path.Combine(Root, "operators");

    /// <summary>Keys of model providers, one file each: an administrator puts them there, workers read them.</summary>
    public string ModelKeys => Path.Combine(Root, "model-keys");

    public string OperatorPublicKey => Path.Combine(Operators, "operator.pub");

    public string Key(FabricKey key) => Path.Combine(Keys, key.Word() + ".key");

    public string RolePassword(FabricRole role) => Path.Combine(Secrets, "pg_" + role.Word());

    /// <param name="instance">Name of a running process, e.g. <c>worker-1</c>.</param>
    public string Address(string instance) => Path.Combine(Run, instance + ".url");
}
