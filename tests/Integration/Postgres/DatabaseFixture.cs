using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>A migrated database of its own for one test class.</summary>
public sealed class DatabaseFixture : IAsyncLifetime
{
    public TestDatabase Database { get; private set; } = null!;

    public async Task InitializeAsync() => Database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    public async Task DisposeAsync() => await Database.DisposeAsync();
}
