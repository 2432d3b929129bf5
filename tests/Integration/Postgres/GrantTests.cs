using Npgsql;
using Voxeltron.Migrations;
using Voxeltron.Tests.Support;
using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>
/// Goal: each role can do its work and nothing else, and nobody can change the log. Method: the whole matrix of table grants as
/// one list, and every forbidden statement really tried, as every role, on a log with rows in it.
/// </summary>
public sealed class GrantTests(GrantTests.SampleFixture fixture) : IClassFixture<GrantTests.SampleFixture>
{
    private static readonly string[] s_logTables = ["entry", "seal", "commit", "leaf", "checkpoint"];

    public static TheoryData<string, string> RolesAndTables()
    {
        var data = new TheoryData<string, string>();
        foreach (var role in RoleDefaults.Roles)
        {
            foreach (var table in s_logTables)
            {
                data.Add(role, table);
            }
        }

        return data;
    }

    [Fact]
    public async Task The_tenant_leads_the_key_of_every_table_a_tenant_owns()
    {
        // What serves all tenants has no tenant's key: hosts, their commits, and the one tree over these.
        string[] shared = ["control.host", "control.schema_version", "control.tenant", "journal.checkpoint", "journal.commit", "journal.leaf"];
        var others = await fixture.Database.RowsAsync("postgres", """
            select n.nspname || '.' || c.relname
              from pg_index i
              join pg_class c on c.oid = i.indrelid
              join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('control', 'journal')
              left join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
             where i.indisprimary and a.attname <> 'tenant_id'
             order by 1
            """);
        Assert.Empty(others.Except(shared));
    }

    [Theory]
    [MemberData(nameof(RolesAndTables))]
    public async Task The_log_is_insert_only_for(string role, string table)
    {
        var key = table switch { "entry" => "seq", "seal" => "last_seq", "commit" => "number", "leaf" => "leaf_index", _ => "tree_size" };
        foreach (var statement in new[] { $"update journal.{table} set {key} = {key}", $"delete from journal.{table}", $"truncate journal.{table} cascade" })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => fixture.Database.ExecuteAsync(role, statement));
            if (role == RoleDefaults.Owner)
            {
                Assert.Contains("is insert-only", refused.MessageText, StringComparison.Ordinal);
            }
            else
            {
                Assert.Contains(refused.SqlState, (string[])[PostgresErrorCodes.InsufficientPrivilege, PostgresErrorCodes.ReadOnlySqlTransaction]);
            }
        }

        Assert.NotEqual(0L, await fixture.Database.ScalarAsync<long>("postgres", $"select count(*) from journal.{table}"));
    }

    [Theory]
    [InlineData("delete from journal.stream_head")]
    [InlineData("truncate journal.stream_head")]
    [InlineData("update journal.stream_head set seq = seq - 1 where seq > 1")]
    [InlineData("update journal.stream_head set seq = seq + 1, epoch = epoch - 1 where epoch > 1")]
    public async Task Heads_only_move_forward_even_for_the_owner(string statement)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => fixture.Database.ExecuteAsync(RoleDefaults.Owner, statement));
        Assert.Contains("only moves forward", refused.MessageText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Table_grants_are_exactly_these()
    {
        var actual = await fixture.Database.RowsAsync("postgres", """
            select replace(g.grantee, 'voxeltron_', '') || ' ' || g.table_schema || '.' || g.table_name || ' '
                   || string_agg(lower(g.privilege_type), ',' order by g.privilege_type)
              from information_schema.role_table_grants g
             where g.table_schema in ('control', 'journal', 'sre', 'audit') and g.grantee like 'voxeltron\_%' and g.grantee <> 'voxeltron_owner'
             group by g.grantee, g.table_schema, g.table_name
             order by 1
            """);
        Assert.Equal(GrantMatrix.Tables, actual);
    }

    [Fact]
    public async Task Column_grants_beyond_those_are_exactly_these()
    {
        var actual = await fixture.Database.RowsAsync("postgres", """
            select replace(g.grantee, 'voxeltron_', '') || ' ' || lower(g.privilege_type) || ' ' || g.table_schema || '.' || g.table_name || ' '
                   || string_agg(g.column_name::text, ',' order by g.column_name)
              from information_schema.role_column_grants g
             where g.table_schema in ('control', 'journal', 'sre') and g.grantee like 'voxeltron\_%' and g.grantee <> 'voxeltron_owner'
               and not exists (select 1 from information_schema.role_table_grants t
                     where (t.grantee, t.table_schema, t.table_name, t.privilege_type) = (g.grantee, g.table_schema, g.table_name, g.privilege_type))
             group by g.grantee, g.privilege_type, g.table_schema, g.table_name
             order by 1
            """);
        Assert.Equal(GrantMatrix.Columns, actual);
    }

    [Fact]
    public async Task Nothing_is_granted_to_everybody()
    {
        Assert.Empty(await fixture.Database.RowsAsync("postgres", """
            select table_schema || '.' || table_name from information_schema.role_table_grants
             where grantee = 'PUBLIC' and table_schema in ('control', 'journal', 'sre', 'audit', 'hangfire', 'hangfire_sre')
            union all
            select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
             where n.nspname in ('control', 'journal', 'sre', 'audit') and has_function_privilege('public', p.oid, 'execute')
            """));
    }

    [Theory]
    [InlineData("voxeltron_auditor", "select secret_sha256 from control.api_key")]
    [InlineData("voxeltron_worker", "select * from control.api_key")]
    [InlineData("voxeltron_sre", "select row_value from control.view_row")]
    [InlineData("voxeltron_sre", "select row_value from control.view_delta")]
    [InlineData("voxeltron_sre", "select sql from control.view")]
    [InlineData("voxeltron_api", "delete from control.view_delta")]
    [InlineData("voxeltron_api", "update control.view set base_seq = base_seq")]
    [InlineData("voxeltron_worker", "update control.view_delta set weight = 1")]
    [InlineData("voxeltron_sre", "select payload from journal.entry")]
    [InlineData("voxeltron_sre", "select payload from control.inbox")]
    [InlineData("voxeltron_api", "insert into journal.entry (tenant_id) values ('x')")]
    [InlineData("voxeltron_api", "update control.inbox set consumed_seq = 1")]
    [InlineData("voxeltron_api", "select * from hangfire_sre.job")]
    [InlineData("voxeltron_sre", "select * from hangfire.job")]
    [InlineData("voxeltron_worker", "select * from hangfire.job")]
    [InlineData("voxeltron_worker", "create table journal.other (x int)")]
    [InlineData("voxeltron_worker", "update control.inbox set body = '{}'")]
    [InlineData("voxeltron_api", "create table public.other (x int)")]
    public async Task Out_of_a_roles_reach(string role, string statement)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => fixture.Database.ExecuteAsync(role, statement));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    public sealed class SampleFixture : IAsyncLifetime
    {
        public TestDatabase Database { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
            await SampleDatabase.WriteAsync(Database, SampleLog.Build().Log);
        }

        public async Task DisposeAsync() => await Database.DisposeAsync();
    }
}
