using Hangfire.PostgreSql;
using Npgsql;

namespace Voxeltron.Migrations;

/// <summary>
/// Hangfire keeps two schemas, one per process that runs jobs: who can insert a job names the method that runs, so Api and
/// the SRE operator must not reach each other's. The owner installs them with Hangfire's own versioned installer; the
/// processes run with PrepareSchemaIfNecessary off and hold no right to change a table.
/// </summary>
internal static class HangfireSchemas
{
    private static readonly (string Schema, string Role)[] s_schemas = [("hangfire", "voxeltron_api"), ("hangfire_sre", "voxeltron_sre")];

    public static void Install(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        foreach (var (schema, role) in s_schemas)
        {
            PostgreSqlObjectsInstaller.Install(connection, schema);
            using var grant = new NpgsqlCommand($"""
                grant usage on schema {schema} to {role};
                grant select, insert, update, delete, truncate on all tables in schema {schema} to {role};
                grant usage, select, update on all sequences in schema {schema} to {role};
                grant usage on schema {schema} to voxeltron_auditor;
                grant select on all tables in schema {schema} to voxeltron_auditor;
                """, connection);
            grant.ExecuteNonQuery();
        }
    }
}
