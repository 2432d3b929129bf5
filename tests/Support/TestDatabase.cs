using Npgsql;
using Voxeltron.Migrations;
using Voxeltron.Postgres;

namespace Voxeltron.Tests.Support;

/// <summary>One database of the shared server, dropped when its test class is done. Data sources it handed out are closed first.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly PostgresServer _server;
    private readonly Dictionary<string, FabricDataSource> _sources = [];

    internal TestDatabase(PostgresServer server, string name) => (_server, Name) = (server, name);

    public string Name { get; }

    public FabricDataSource Api => Source(RoleDefaults.Api);

    public FabricDataSource Worker => Source(RoleDefaults.Worker);

    public FabricDataSource Auditor => Source(RoleDefaults.Auditor);

    public string OwnerConnectionString => ConnectionString(RoleDefaults.Owner);

    /// <param name="role">One of <see cref="RoleDefaults.Roles"/>, or <c>postgres</c>.</param>
    public string ConnectionString(string role) => _server.ConnectionString(role, Name);

    /// <summary>The role's password, for processes that read it from a file.</summary>
    public string Password(string role) => _server.PasswordOf(role);

    public FabricDataSource Source(string role)
    {
        lock (_sources)
        {
            if (!_sources.TryGetValue(role, out var source))
            {
                _sources.Add(role, source = new FabricDataSource(ConnectionString(role), "test-" + role));
            }

            return source;
        }
    }

    /// <summary>As administrator. What a test changes behind the fabric's back goes through here.</summary>
    public Task AdministerAsync(string sql) => _server.AdministerAsync(sql, Name);

    /// <summary>Alters rows that triggers protect, as somebody with the server in his hands could.</summary>
    public Task TamperAsync(string sql) => _server.AdministerAsync("set session_replication_role = replica;\n" + sql, Name);

    /// <summary>As a role; the affected rows.</summary>
    public async Task<int> ExecuteAsync(string role, string sql)
    {
        await using var connection = await Source(role).OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>First column of the first row.</summary>
    public async Task<T> ScalarAsync<T>(string role, string sql)
    {
        await using var connection = await Source(role).OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync() ?? throw new InvalidOperationException("No row: " + sql));
    }

    /// <summary>Every row as text, columns joined by '|'.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync(string role, string sql)
    {
        await using var connection = await Source(role).OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            rows.Add(string.Join('|', values.Select(static v => v is byte[] bytes ? Convert.ToHexStringLower(bytes) : v.ToString())));
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources.Values)
        {
            await source.DisposeAsync();
        }

        await _server.AdministerAsync($"drop database if exists {Name} with (force)");
    }
}
