using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Kernel;

namespace Voxeltron.Migrations.Setup;

/// <summary>What the operator asked set-up to do.</summary>
/// <param name="State">Absolute path of the state directory.</param>
/// <param name="Admin">Administrator's connection; null on a later run that only has the owner's password.</param>
/// <param name="IsPrivateServer">The server serves this fabric alone, so set-up may reset passwords there.</param>
/// <param name="Database">Name of the fabric's database.</param>
/// <param name="Tenant">The first tenant beside <c>fabric</c>.</param>
/// <param name="ApiUrl">Where the API shall listen; null leaves the configuration as it is.</param>
public sealed record SetupOptions(string State, NpgsqlConnectionStringBuilder? Admin, bool IsPrivateServer, string? Database, TenantId Tenant, string? ApiUrl)
{
    /// <summary>Preferred over <c>--postgres</c>: a command line is readable by every user of the machine.</summary>
    public const string PostgresVariable = "VOXELTRON_POSTGRES";

    private const string DefaultTenant = "demo";

    /// <param name="args">Without the command's word.</param>
    /// <exception cref="UsageException">Names the argument that is wrong.</exception>
    public static SetupOptions Parse(ReadOnlySpan<string> args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var isPrivate = false;
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--private-server")
            {
                isPrivate = true;
                continue;
            }

            if (args[i] is not ("--state" or "--postgres" or "--database" or "--tenant" or "--api-url"))
            {
                throw new UsageException($"unknown argument '{args[i]}'");
            }

            values[args[i]] = i + 1 < args.Length ? args[i + 1] : throw new UsageException($"{args[i]} needs a value");
            i++;
        }

        var state = values.GetValueOrDefault("--state") ?? Environment.GetEnvironmentVariable(FabricState.Variable);
        var postgres = values.GetValueOrDefault("--postgres") ?? Environment.GetEnvironmentVariable(PostgresVariable);
        var tenant = values.GetValueOrDefault("--tenant") ?? DefaultTenant;
        return new SetupOptions(
            string.IsNullOrWhiteSpace(state) ? throw new UsageException($"--state DIR (or {FabricState.Variable}) is needed") : Path.GetFullPath(state),
            string.IsNullOrWhiteSpace(postgres) ? null : AdminConnection.Parse(postgres),
            isPrivate,
            values.GetValueOrDefault("--database"),
            TenantId.IsValid(tenant) && tenant != TenantId.Fabric.Value ? new TenantId(tenant) : throw new UsageException($"'{tenant}' cannot be a tenant: use a–z, 0–9 and '-', starting with a letter; 'fabric' is taken"),
            values.GetValueOrDefault("--api-url"));
    }
}
