using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Migrations;
using Voxeltron.Postgres;
using Voxeltron.Tests.Integration.Api;
using Voxeltron.Tests.Support;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>Goal: folding changes where a view's rows are kept and never what it shows. Method: commits through the journal, the function as the Api's role, locks held by hand.</summary>
#pragma warning disable CA1001 // xunit disposes through IAsyncLifetime.
public sealed class ViewFoldTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
#pragma warning restore CA1001
{
    private readonly TestBatch _host = new();
    private readonly StreamId _stream = TestBatch.NewStream();
    private PostgresJournal _journal = null!;
    private long _seq;

    private TestDatabase Database => fixture.Database;

    public async Task InitializeAsync()
    {
        _journal = new PostgresJournal(Database.Worker);
        await Database.AdministerAsync("delete from control.view_delta; delete from control.view_row; delete from control.view");
    }

    public async Task DisposeAsync() => await _journal.DisposeAsync();

    [Fact]
    public async Task Folded_rows_are_added_changed_and_removed()
    {
        await DeclareAsync("v", ViewOwner.Row(1, 2), ViewOwner.Row(2, 1), ViewOwner.Row(3, 1));
        await ChangeAsync("v", ViewOwner.Row(1, -1), ViewOwner.Row(2, -1), ViewOwner.Row(4, 3));
        await ChangeAsync("v", ViewOwner.Row(4, -1), ViewOwner.Row(5, 1));
        await ChangeAsync("v", ViewOwner.Row(5, -1), ViewOwner.Row(3, 1));
        Assert.Equal(7, await FoldAsync());
        Assert.Equal(["1|1", "3|2", "4|2"], await RowsAsync("v"));
        Assert.Equal(["1|4"], await Database.RowsAsync(RoleDefaults.Sre, "select built_seq, base_seq from control.view"));
        Assert.Equal(0, await Database.ScalarAsync<long>(RoleDefaults.Sre, "select count(*) from control.view_delta"));
        Assert.Equal(0, await FoldAsync());
    }

    [Fact]
    public async Task What_is_young_stays_told_apart()
    {
        await DeclareAsync("v");
        await ChangeAsync("v", ViewOwner.Row(1, 1));
        await ChangeAsync("v", ViewOwner.Row(1, -1), ViewOwner.Row(2, 1));
        await ChangeAsync("v", ViewOwner.Row(3, 1));
        await Database.AdministerAsync("update control.view_delta set time_created = now() - interval '2 h' where seq <= 3");
        Assert.Equal(3, await FoldAsync("1 h"));
        Assert.Equal(["2|1"], await RowsAsync("v"));
        Assert.Equal(["3"], await Database.RowsAsync(RoleDefaults.Sre, "select base_seq from control.view"));
        Assert.Equal(["4"], await Database.RowsAsync(RoleDefaults.Sre, "select seq from control.view_delta"));
    }

    [Fact]
    public async Task Every_view_with_old_changes_has_its_turn_and_those_without_stay_as_they_are()
    {
        foreach (var view in new[] { "a", "b", "c" })
        {
            await DeclareAsync(view);
            await ChangeAsync(view, ViewOwner.Row(1, 1));
        }

        await DeclareAsync("d", ViewOwner.Row(9, 1));
        await Database.AdministerAsync("update control.view_delta set time_created = now() - interval '2 h' where view in ('a', 'c')");
        Assert.Equal(2, await FoldAsync("1 h"));
        Assert.Equal(["a|2", "b|3", "c|6", "d|7"], await Database.RowsAsync(RoleDefaults.Sre, "select view, base_seq from control.view order by 1"));
        Assert.Equal(["b"], await Database.RowsAsync(RoleDefaults.Sre, "select view from control.view_delta"));
    }

    [Fact]
    public async Task A_call_does_a_bounded_part_and_never_half_of_an_entrys_change()
    {
        await DeclareAsync("v");
        foreach (var from in new[] { 0, 4_000, 8_000, 12_000 })
        {
            await ChangeAsync("v", [.. Enumerable.Range(from, 4_000).Select(static id => ViewOwner.Row(id, 1))]);
        }

        Assert.Equal(8_000, await FoldAsync());
        Assert.Equal(["3"], await Database.RowsAsync(RoleDefaults.Sre, "select base_seq from control.view"));
        Assert.Equal(8_000, await FoldAsync());
        Assert.Equal(0, await FoldAsync());
        Assert.Equal(16_000, await Database.ScalarAsync<long>(RoleDefaults.Sre, "select sum(weight)::bigint from control.view_row"));
    }

    [Fact]
    public async Task A_view_that_its_owner_is_replacing_is_left_alone()
    {
        await DeclareAsync("a");
        await ChangeAsync("a", ViewOwner.Row(1, 1));
        await DeclareAsync("b");
        await ChangeAsync("b", ViewOwner.Row(1, 1));
        await using (var owner = await Database.Worker.OpenAsync())
        await using (var transaction = await owner.BeginTransactionAsync())
        {
            await using var locked = new NpgsqlCommand("update control.view set sql = sql where view = 'a'", owner, transaction);
            await locked.ExecuteNonQueryAsync();
            Assert.Equal(1, await FoldAsync());
        }

        Assert.Equal(["a|1", "b|4"], await Database.RowsAsync(RoleDefaults.Sre, "select view, base_seq from control.view order by 1"));
        Assert.Equal(1, await FoldAsync());
    }

    [Fact]
    public async Task Keys_longer_than_an_index_takes_are_rows_like_others()
    {
        const int most = 512 * 1024;
        await DeclareAsync("v", ViewOwner.Row(1, 1, most - 4), ViewOwner.Row(2, 1, most - 4));
        await ChangeAsync("v", ViewOwner.Row(1, 1, most - 4), ViewOwner.Row(2, -1, most - 4), ViewOwner.Row(3, 1, most - 4));
        Assert.Equal(3, await FoldAsync());
        Assert.Equal(["1|2", "3|1"], await RowsAsync("v"));
    }

    [Fact]
    public async Task A_row_of_a_view_is_kept_once_and_never_zero_times()
    {
        await DeclareAsync("v", ViewOwner.Row(1, 1));
        var twice = await Assert.ThrowsAsync<PostgresException>(() => Database.AdministerAsync("insert into control.view_row select * from control.view_row"));
        Assert.Equal("view_row_key", twice.ConstraintName);
        var zero = await Assert.ThrowsAsync<PostgresException>(() => Database.AdministerAsync("update control.view_row set weight = 0"));
        Assert.Equal("view_row_weight_not_zero", zero.ConstraintName);
    }

    [Fact]
    public async Task Folding_is_for_the_Api_and_takes_no_age_to_come()
    {
        foreach (var role in new[] { RoleDefaults.Worker, RoleDefaults.Sre, RoleDefaults.Auditor })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => Database.ExecuteAsync(role, "select control.fold_view_deltas('1 h')"));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }

        var negative = await Assert.ThrowsAsync<PostgresException>(() => FoldAsync("-1 s"));
        Assert.Contains("folded when they are old", negative.MessageText, StringComparison.Ordinal);
    }

    private Task<long> FoldAsync(string age = "0") => Database.ScalarAsync<long>(RoleDefaults.Api, $"select control.fold_view_deltas('{age}')");

    private Task<IReadOnlyList<string>> RowsAsync(string view) =>
        Database.RowsAsync(RoleDefaults.Api, $"select row_value ->> 'id', weight from control.view_row where view = '{view}' order by row_key");

    private Task DeclareAsync(string view, params ViewRow[] rows) => CommitAsync(StreamProjection.Empty with
    {
        Views = [new ViewProjection(TestBatch.Tenant, new MissionId(_stream.Value), view, "select 1", true, "[]", "project 1", _seq + 1, rows)],
    });

    private Task ChangeAsync(string view, params ViewRow[] rows) => CommitAsync(StreamProjection.Empty with
    {
        ViewDeltas = [new ViewDelta(TestBatch.Tenant, new MissionId(_stream.Value), view, _seq + 1, rows)],
    });

    private async Task CommitAsync(StreamProjection projection)
    {
        var batch = _host.Of(_host.Stream(_stream, 1, previousEpoch: _seq == 0 ? 0 : null, projection: projection));
        Assert.IsType<CommitOutcome.Durable>(await _journal.CommitAsync(batch, CancellationToken.None));
        _seq++;
    }
}
