using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Migrations.Setup;

/// <summary>The fabric's keys. They are made only while the log has no genesis; afterwards a missing one is a loss, never a reason to make another.</summary>
internal sealed class KeySetup(FabricState state, SetupReport report)
{
    public void CreateMissing()
    {
        var created = FabricKeys.All.Where(key => SeedFile.TryCreate(state.Paths.Key(key))).Select(FabricKeys.Word).ToList();
        WriteRootPublicKey();
        WriteOperatorPublicKey();
        report.Line("keys", created.Count == 0 ? "all there" : "created " + string.Join(", ", created));
    }

    /// <param name="rootKid">The root key that signed genesis.</param>
    public void CheckAgainstGenesis(string rootKid)
    {
        var lost = FabricKeys.All.Where(key => key != FabricKey.Root && !File.Exists(state.Paths.Key(key))).Select(key => state.Paths.Key(key)).ToList();
        if (lost.Count > 0)
        {
            throw new VoxeltronException("key_lost", $"Missing: {string.Join(", ", lost)}. The log of this fabric already names these keys, so new ones would be refused: restore them from backup, or scripts/reset for a new fabric.");
        }

        // Reading refuses a key that others may have read, before a process trips over it.
        foreach (var key in FabricKeys.All.Where(key => File.Exists(state.Paths.Key(key))))
        {
            using var readable = Signer(key);
        }

        if (!File.Exists(state.Paths.RootPublicKey) && File.Exists(state.Paths.Key(FabricKey.Root)))
        {
            WriteRootPublicKey();
        }

        WriteOperatorPublicKey();
        var here = KeyId.Of(state.RootPublicKey()).Value;
        if (here != rootKid)
        {
            throw new VoxeltronException("other_fabric", $"The database belongs to a fabric with root key {rootKid}; the one in {state.Paths.RootPublicKey} is {here}. Use that fabric's state directory, or an empty database (--database NAME).");
        }

        report.Line("keys", File.Exists(state.Paths.Key(FabricKey.Root)) ? "all there" : "all there; root is kept elsewhere");
    }

    /// <summary>Signs the first entry of the log. The keys are read, used once and let go.</summary>
    public Intent SignGenesis(TimeProvider clock)
    {
        using var root = Signer(FabricKey.Root);
        using var ca = Signer(FabricKey.Ca);
        using var api = Signer(FabricKey.Api);
        using var sre = Signer(FabricKey.Sre);
        using var @operator = Signer(FabricKey.Operator);
        using var log = Signer(FabricKey.Log);
        var options = new GenesisOptions(Guid.ParseExact(state.Config.FabricId, "N"), clock.NowUs(), Guid.NewGuid(), Validity.Ca, Validity.ProcessKeys);
        return GenesisBuilder.Build(root.Value, ca.Value, api.Value, sre.Value, @operator.Value, log.Value, options);
    }

    private void WriteRootPublicKey()
    {
        using var root = Signer(FabricKey.Root);
        PublicKeyFile.Write(state.Paths.RootPublicKey, root.Value.PublicKey);
    }

    /// <summary>Broker and workers know whose signatures to believe by this directory; whoever may write there may grant.</summary>
    private void WriteOperatorPublicKey()
    {
        if (File.Exists(state.Paths.OperatorPublicKey) || !File.Exists(state.Paths.Key(FabricKey.Operator)))
        {
            return;
        }

        Directory.CreateDirectory(state.Paths.Operators);
        File.SetUnixFileMode(
            state.Paths.Operators,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        using var @operator = Signer(FabricKey.Operator);
        PublicKeyFile.Write(state.Paths.OperatorPublicKey, @operator.Value.PublicKey);
    }

    private HeldSigner Signer(FabricKey key) => new(state.Signer(key));

    private static class Validity
    {
        public static readonly TimeSpan Ca = TimeSpan.FromDays(3650);

        // Until set-up can renew them: a fabric whose keys ran out would stop.
        public static readonly TimeSpan ProcessKeys = TimeSpan.FromDays(365);
    }

    /// <summary>Frees the key's guarded memory when the signer has some.</summary>
    private readonly struct HeldSigner(ISigner signer) : IDisposable
    {
        public ISigner Value => signer;

        public void Dispose() => (signer as IDisposable)?.Dispose();
    }
}
