using System.Globalization;
using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Migrations.Setup;

/// <summary>
/// Makes, lists and revokes API keys for whoever runs the fabric. Only the hash of a secret is stored; the key is written to the
/// output once, and no log or file holds it.
/// </summary>
public static class KeyCommand
{
    public static async Task RunAsync(KeyOptions options, TextWriter output, TimeProvider clock, CancellationToken cancel)
    {
        var state = FabricState.Open(options.State);
        await using var database = new FabricDataSource(state.ConnectionString(FabricRole.Owner), "voxeltron-migrate");
        switch (options.Action)
        {
            case "create":
                await CreateAsync(options, database, output, clock, cancel);
                break;
            case "revoke":
                await RevokeAsync(options.KeyId!, database, output, cancel);
                break;
            default:
                await ListAsync(options.Tenant, database, output, clock, cancel);
                break;
        }
    }

    private static async Task CreateAsync(KeyOptions options, FabricDataSource database, TextWriter output, TimeProvider clock, CancellationToken cancel)
    {
        var key = ApiKeyText.Create();
        var expires = options.ExpiresAfter is { } after ? clock.GetUtcNow().UtcDateTime + after : (DateTime?)null;
        try
        {
            await new ApiKeyCommands(database).CreateAsync(options.Tenant!.Value, key.KeyId, options.Name!, options.Role!, key.SecretSha256(), expires, cancel);
        }
        catch (PostgresException unknown) when (unknown.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            throw new VoxeltronException("unknown_tenant", $"This fabric has no tenant '{options.Tenant}'. voxeltron-migrate setup --tenant {options.Tenant} makes it.", unknown);
        }

        var report = new SetupReport(output);
        report.Line("key", $"{key.KeyId} ({options.Name}), {options.Role} of {options.Tenant}, {(expires is { } until ? "until " + Time(until) : "does not expire")}");
        report.Line("api key", $"{key.Reveal()} (shown once and kept nowhere)");
    }

    private static async Task RevokeAsync(string keyId, FabricDataSource database, TextWriter output, CancellationToken cancel)
    {
        var key = await new ApiKeyQueries(database).FindAsync(keyId, cancel)
            ?? throw new VoxeltronException("unknown_key", $"There is no key '{keyId}'. The id is the 16 hex digits after vxt_; voxeltron-migrate key list shows all.");
        var revoked = await new ApiKeyCommands(database).RevokeAsync(key.Tenant, key.KeyId, cancel);
        new SetupReport(output).Line("key", $"{key.KeyId} ({key.Name}), {key.Role} of {key.Tenant}: {(revoked ? "revoked; it stops working within a second" : "was revoked before")}");
    }

    private static async Task ListAsync(TenantId? tenant, FabricDataSource database, TextWriter output, TimeProvider clock, CancellationToken cancel)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        foreach (var key in await new ApiKeyQueries(database).ListAsync(tenant, cancel))
        {
            var standing = key switch
            {
                { TimeRevoked: { } at } => "revoked " + Time(at),
                { TimeExpires: { } at } when at <= now => "expired " + Time(at),
                { TimeExpires: { } at } => "until " + Time(at),
                _ => "live",
            };
            output.WriteLine(string.Join('\t', key.KeyId, key.Tenant, key.Role, key.Name, "made " + Time(key.TimeCreated), standing));
        }
    }

    private static string Time(DateTime utc) => utc.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
