using System.Globalization;
using Voxeltron.Hosting;
using Voxeltron.Kernel;

namespace Voxeltron.Migrations.Setup;

/// <summary>What <c>voxeltron-migrate key</c> is asked for.</summary>
/// <param name="State">Absolute path of the state directory.</param>
/// <param name="Action">create, list or revoke.</param>
/// <param name="Tenant">Of the new key; of those listed, where null means every tenant's.</param>
/// <param name="KeyId">The key to revoke.</param>
/// <param name="ExpiresAfter">Null: it does not expire.</param>
public sealed record KeyOptions(string State, string Action, TenantId? Tenant, string? Role, string? Name, string? KeyId, TimeSpan? ExpiresAfter)
{
    private const int MaxNameLength = 64;
    private const int MaxDays = 3650;

    /// <param name="args">Without the word <c>key</c>.</param>
    /// <exception cref="UsageException">Names the argument that is wrong.</exception>
    public static KeyOptions Parse(ReadOnlySpan<string> args)
    {
        if (args.Length == 0 || args[0] is not ("create" or "list" or "revoke"))
        {
            throw new UsageException("key wants create, list or revoke");
        }

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        string? keyId = null;
        for (var i = 1; i < args.Length; i++)
        {
            if (args[0] == "revoke" && keyId is null && !args[i].StartsWith('-'))
            {
                keyId = args[i];
                continue;
            }

            if (!Allowed(args[0]).Contains(args[i]))
            {
                throw new UsageException($"unknown argument '{args[i]}' of key {args[0]}");
            }

            values[args[i]] = i + 1 < args.Length ? args[i + 1] : throw new UsageException($"{args[i]} needs a value");
            i++;
        }

        var state = values.GetValueOrDefault("--state") ?? Environment.GetEnvironmentVariable(FabricState.Variable);
        var options = new KeyOptions(
            string.IsNullOrWhiteSpace(state) ? throw new UsageException($"--state DIR (or {FabricState.Variable}) is needed") : Path.GetFullPath(state),
            args[0],
            values.TryGetValue("--tenant", out var tenant) ? TenantId.IsValid(tenant) ? new TenantId(tenant) : throw new UsageException($"'{tenant}' cannot be a tenant") : null,
            values.GetValueOrDefault("--role"),
            values.GetValueOrDefault("--name"),
            keyId,
            values.TryGetValue("--expires-days", out var days) ? Days(days) : null);
        return options.Checked();
    }

    private static string[] Allowed(string action) => action switch
    {
        "create" => ["--state", "--tenant", "--role", "--name", "--expires-days"],
        "list" => ["--state", "--tenant"],
        _ => ["--state"],
    };

    private static TimeSpan Days(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is > 0 and <= MaxDays
            ? TimeSpan.FromDays(days)
            : throw new UsageException($"--expires-days is '{text}': use a whole number from 1 to {MaxDays}");

    private KeyOptions Checked() => this switch
    {
        { Action: "revoke", KeyId: null } => throw new UsageException("key revoke wants the key's id: key list shows it"),
        { Action: "create", Tenant: null } => throw new UsageException("key create wants --tenant"),
        { Action: "create" } when Role is null || !ApiRoles.All.Contains(Role) => throw new UsageException($"--role is '{Role}': use one of {string.Join(", ", ApiRoles.All)}"),
        { Action: "create" } when string.IsNullOrWhiteSpace(Name) || Name.Length > MaxNameLength || Name.Any(char.IsControl)
            => throw new UsageException($"--name must say who holds the key, in 1–{MaxNameLength} characters"),
        _ => this,
    };
}
