using Npgsql;

namespace Voxeltron.Migrations.Setup;

/// <summary>Runs statements that take no parameters (roles, databases): the server itself quotes the values into them.</summary>
internal static class Ddl
{
    /// <param name="connection">Open.</param>
    /// <param name="template">For Postgres's format(): %I an identifier, %L a literal.</param>
    /// <param name="values">In the order of the template.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async Task ExecuteAsync(NpgsqlConnection connection, string template, string[] values, CancellationToken cancel)
    {
        await using var quote = new NpgsqlCommand("select format(@template, variadic @values)", connection);
        quote.Parameters.AddWithValue("template", template);
        quote.Parameters.AddWithValue("values", values);
        var statement = (string)(await quote.ExecuteScalarAsync(cancel))!;
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }

    public static async Task<T?> ScalarAsync<T>(NpgsqlConnection connection, string sql, string name, object value, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddWithValue(name, value);
        return await command.ExecuteScalarAsync(cancel) is T result ? result : default;
    }

    /// <summary>
    /// One set-up at a time in this database. Waited for inside Postgres, so never take it in a database while migrations may
    /// run there: CREATE INDEX CONCURRENTLY would wait for the waiter. Ends with the session.
    /// </summary>
    public static async Task LockAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        // Class 7706 is set-up and migration, 7707 the hosts.
        await using var command = new NpgsqlCommand("select pg_advisory_lock(7706, 2)", connection);
        await command.ExecuteNonQueryAsync(cancel);
    }
}
