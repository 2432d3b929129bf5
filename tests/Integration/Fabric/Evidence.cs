using Npgsql;
using Voxeltron.Cells;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Replay;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>What an auditor does: the auditor's role over the database, the root key from a file.</summary>
internal static class Evidence
{
    /// <param name="checkpoint">The text of a checkpoint kept elsewhere.</param>
    /// <param name="database">Null: the fabric's own; else the name of a copy.</param>
    public static async Task<VerificationReport> VerifyAsync(this RunningFabric fabric, string? checkpoint = null, string? database = null)
    {
        await using var source = fabric.Auditor(database);
        await using var reader = await LogReader.OpenAsync(source, CancellationToken.None);
        return await new LogVerifier(fabric.State.RootPublicKey()).VerifyAsync(reader, checkpoint, CancellationToken.None);
    }

    public static async Task<VerificationReport> AssertCleanAsync(this RunningFabric fabric)
    {
        var report = await fabric.VerifyAsync();
        Assert.True(report.Clean, Text(report) + "\n" + fabric.Logs());
        return report;
    }

    /// <summary>Runs the mission's modules again; any difference fails.</summary>
    public static async Task<ReplayReport> AssertReplaysAsync(this RunningFabric fabric, MissionId mission, int notRepeatable = 0)
    {
        await using var source = fabric.Auditor(null);
        await using var reader = await LogReader.OpenAsync(source, CancellationToken.None);
        // As many as a worker may have alive at once.
        using var engine = new CellEngine(new CellEngineOptions { MaxCells = 1_000 });
        using var modules = new ModuleLibrary(engine);
        await modules.LoadAsync(reader.Entries(fabric.Tenant, StreamId.System(fabric.Tenant), CancellationToken.None), CancellationToken.None);
        using var replay = new MissionReplay(engine, modules, fabric.Tenant, mission, TimeProvider.System);
        var report = await replay.RunAsync(reader.Entries(fabric.Tenant, StreamId.Of(mission), CancellationToken.None), CancellationToken.None);
        Assert.True(report.Clean, $"{mission} diverged: {report.Divergence}");
        Assert.True(report.FuelCompared);
        Assert.Equal(notRepeatable, report.NotRepeatable);
        Assert.Equal(0, report.Erased);
        return report;
    }

    /// <summary>As the auditor's role sees it.</summary>
    public static Task<IReadOnlyList<string>> AuditRowsAsync(this RunningFabric fabric, string sql) =>
        fabric.RowsOfAsync(fabric.State.ConnectionString(FabricRole.Auditor), sql);

    public static string Text(VerificationReport report) =>
        string.Join('\n', report.Findings.Take(20).Select(static f => $"{f.Code} {f.Tenant}/{f.Stream} seq {f.Seq}: {f.Message}"));

    public static FabricDataSource Auditor(this RunningFabric fabric, string? database)
    {
        var connection = new NpgsqlConnectionStringBuilder(fabric.State.ConnectionString(FabricRole.Auditor));
        connection.Database = database ?? connection.Database;
        // Pools of many short-lived copies would keep sessions open in databases about to be dropped.
        connection.Pooling = false;
        return new FabricDataSource(connection.ConnectionString, "voxeltron-test-auditor");
    }
}
