using Npgsql;
using Voxeltron.Hosting;

namespace Voxeltron.Migrations.Setup;

/// <summary>What is set up and what is not, without changing anything.</summary>
public static class SetupStatus
{
    private const string SystemStreamsSql = """
        select h.tenant_id, h.seq
        from journal.stream_head h
        join control.lease l using (tenant_id, stream_id)
        where l.role = 'system'
        order by h.tenant_id
        """;

    /// <returns>Whether nothing is missing.</returns>
    public static async Task<bool> PrintAsync(string stateDirectory, TextWriter output, CancellationToken cancel)
    {
        var report = new SetupReport(output);
        var state = FabricState.Open(stateDirectory);
        report.Line("state", $"{state.Paths.Root}, fabric {state.Config.FabricId}");
        var endpoint = state.Config.Postgres;
        report.Line("postgres", $"{endpoint.Host} port {endpoint.Port}, database {endpoint.Database}");
        await RoleLogins.CheckAsync(state, cancel);

        var owner = state.ConnectionString(FabricRole.Owner);
        var pending = await MigrationRunner.ListPending(owner, cancel);
        report.Line("schema", pending.Count == 0 ? "up to date" : "pending: " + string.Join("; ", pending));
        if (pending.Count > 0)
        {
            return false;
        }

        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(owner) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancel);
        var founder = await new FabricRows(connection).ReadFounderAsync(cancel);
        report.Line("genesis", founder is null ? "missing; run set-up again" : $"signed by root key {founder.RootKid}");
        await PrintHeadsAsync(connection, report, cancel);
        return founder is not null;
    }

    private static async Task PrintHeadsAsync(NpgsqlConnection connection, SetupReport report, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(SystemStreamsSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            report.Line("log", $"system stream of {reader.GetString(0)}: {reader.GetInt64(1)} entries");
        }
    }
}
