using Voxeltron.Postgres;
using Voxeltron.Tests.Support;
using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>Goal: what docs/audit-queries.md promises is what a real log answers. Method: a signed sample mission; every block run as the auditor.</summary>
public sealed class AuditTests(AuditTests.AuditFixture fixture) : IClassFixture<AuditTests.AuditFixture>
{
    private const string Auditor = "voxeltron_auditor";

    public static TheoryData<string> Questions() => [.. AuditQuestions.Read().Select(static question => question.Title)];

    [Theory]
    [MemberData(nameof(Questions))]
    public async Task Every_documented_question_is_answered(string title)
    {
        var question = AuditQuestions.Read().Single(q => q.Title == title);
        var rows = await fixture.Database.RowsAsync(Auditor, question.Sql);
        if (question.ExpectsNoRows)
        {
            Assert.Empty(rows);
        }
        else
        {
            Assert.NotEmpty(rows);
        }
    }

    [Fact]
    public void Every_sql_block_of_the_document_is_found()
    {
        Assert.Equal(File.ReadAllLines(AuditQuestions.DocumentPath).Count(static line => line == "```sql"), AuditQuestions.Read().Count);
        Assert.True(AuditQuestions.Read().Count >= 8);
    }

    [Fact]
    public async Task The_sample_verifies_so_that_what_is_asked_of_it_means_something()
    {
        await using var reader = await LogReader.OpenAsync(fixture.Database.Auditor, CancellationToken.None);
        var report = await new LogVerifier(fixture.Log.RootPublicKey).VerifyAsync(reader, null, CancellationToken.None);
        Assert.Empty(report.Findings);
    }

    [Fact]
    public async Task A_decision_leads_back_to_the_submitted_request_and_who_sent_it()
    {
        Assert.Equal(
            ["decide/r-0001|r-0001|completed|r-0001|k1|" + AuditSample.Module, "extract/r-0001|r-0001|completed|r-0001|k1|" + AuditSample.Module, "extract/r-0002|r-0002|refused|r-0002|k1|" + AuditSample.Module],
            await fixture.Database.RowsAsync(Auditor, "select task, item, outcome, source_item, source_caller_key, module_digest from audit.action order by task"));
        Assert.Equal(
            ["0|action|decide/r-0001|", "1|action|extract/r-0001|", "2|input.submitted||r-0001"],
            await fixture.Database.RowsAsync(Auditor, "select l.depth, l.kind, l.task, l.item from audit.action a cross join lateral audit.lineage(a.tenant_id, a.mission_id, a.seq) l where a.task = 'decide/r-0001' order by 1"));
    }

    [Fact]
    public async Task Cells_tell_their_boot_stages_deeds_and_end()
    {
        Assert.Equal(
            ["extract/r-0001|cold|1|40|25|80|1|0|completed|True", "decide/r-0001|cold|1|40|25|80|1|0|completed|True", "extract/r-0002|cold|1|40|25|80|1|0|refused|True"],
            await fixture.Database.RowsAsync(Auditor, "select task, boot_reason, key_us, instantiate_us, on_start_us, total_us, actions, aborts, stop_reason, sealed_by_cell from audit.cell order by booted_seq"));
    }

    [Fact]
    public async Task An_act_names_the_key_that_answers_for_it()
    {
        var rows = await fixture.Database.RowsAsync(Auditor, "select distinct split_part(actor, '/', 1), signer from audit.act where kind in ('input.submitted', 'task.dispatched') order by 1");
        Assert.Equal([$"api|{fixture.Log.Keys.Api.KeyId}", $"host|{new TestHost(1).Signer.KeyId}"], rows);
    }

    [Fact]
    public async Task A_projection_that_says_something_else_than_the_log_is_shown()
    {
        await fixture.Database.AdministerAsync("update control.task set status = 'failed' where task_key = 'extract/r-0002'");
        try
        {
            Assert.Equal(["extract/r-0002"], await fixture.Database.RowsAsync(Auditor, "select task from audit.task where not projection_agrees"));
        }
        finally
        {
            await fixture.Database.AdministerAsync("update control.task set status = 'refused' where task_key = 'extract/r-0002'");
        }
    }

    [Fact]
    public async Task A_views_rows_are_its_folded_ones_and_all_changes_since()
    {
        var question = AuditQuestions.Read().Single(static q => q.Title.Contains("published view", StringComparison.Ordinal));
        Assert.Equal(["{\"id\": 2}|1"], await fixture.Database.RowsAsync(Auditor, question.Sql));
    }

    public sealed class AuditFixture : IAsyncLifetime
    {
        public LogBuilder Log { get; } = AuditSample.Build();

        public TestDatabase Database { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
            await SampleDatabase.WriteAsync(Database, Log.Log);
            await Database.AdministerAsync($"""
                insert into control.task (tenant_id, mission_id, task_key, task_id, item_key, status, attempt, cell_id, module_digest, last_seq, time_created, time_modified)
                select tenant_id, mission_id, task, split_part(task, '/', 1), item, outcome, 1, cell_id, module_digest, seq, time, time from audit.action
                """);
            await Database.AdministerAsync("""
                insert into control.view (tenant_id, mission_id, view, sql, published, columns, plan, built_seq, base_seq)
                select tenant_id, mission_id, 'outcomes', 'select id from finding', true, '[{"name":"id","type":"int64","nullable":false}]', 'scan finding [id]', 1, 1 from control.mission;
                insert into control.view_row (tenant_id, mission_id, view, row_key, row_value, weight)
                select tenant_id, mission_id, 'outcomes', '\x01', '{"id":1}', 1 from control.mission;
                insert into control.view_delta (tenant_id, mission_id, view, seq, ordinal, row_key, row_value, weight)
                select tenant_id, mission_id, 'outcomes', 2, n, decode('0' || (n + 1), 'hex'), jsonb_build_object('id', n + 1), case n when 0 then -1 else 1 end
                  from control.mission cross join generate_series(0, 1) n;
                """);
        }

        public async Task DisposeAsync() => await Database.DisposeAsync();
    }
}
