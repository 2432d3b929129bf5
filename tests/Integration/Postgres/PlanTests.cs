using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>Goal: statements of a loop are planned once; others as the server thinks best. Method: the server's own word, and its count of plans.</summary>
public sealed class PlanTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task A_lane_plans_once_and_the_pool_as_the_server_likes()
    {
        Assert.Equal("force_generic_plan", await ModeAsync(fixture.Database.Worker.Lane("plans")));
        Assert.Equal("auto", await ModeAsync(fixture.Database.Worker));
    }

    [Fact]
    public async Task The_inbox_is_read_by_one_plan()
    {
        await using var lane = fixture.Database.Worker.Lane("pump");
        var inbox = new HostInboxQueries(lane);
        for (var i = 0; i < 10; i++)
        {
            await inbox.PendingAsync(new HostId(Guid.NewGuid()), i, 100, CancellationToken.None);
        }

        await using var connection = await lane.OpenAsync();
        await using var command = new NpgsqlCommand("select generic_plans, custom_plans from pg_prepared_statements where statement like '%control.inbox%'", connection);
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.True(reader.GetInt64(0) >= 8, $"{reader.GetInt64(0)} generic plans of ten calls");
        Assert.Equal(0, reader.GetInt64(1));
    }

    private static async Task<string?> ModeAsync(FabricDataSource source)
    {
        await using var connection = await source.OpenAsync();
        await using var command = new NpgsqlCommand("show plan_cache_mode", connection);
        return (string?)await command.ExecuteScalarAsync();
    }
}
