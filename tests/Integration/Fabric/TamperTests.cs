using System.Collections.Concurrent;
using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: whoever has the whole server in his hands cannot change the log unnoticed. Method: a real fabric's database at rest;
/// a superuser without triggers and constraints changes every column of every table of the log, one value at a time.
/// </summary>
public sealed class TamperTests(TamperFixture fixture, ITestOutputHelper output) : IClassFixture<TamperFixture>
{
    private readonly RunningFabric _fabric = fixture.Fabric;

    public static TheoryData<string> Tables => ["entry", "seal", "commit", "stream_head", "leaf", "checkpoint"];

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task A_change_of_any_column_is_found_and_undone_the_log_is_clean_again(string table)
    {
        await using var copy = await DatabaseCopy.CreateAsync(_fabric);
        await using var connection = new NpgsqlConnection(_fabric.Seat.AdminOf(copy.Name));
        await connection.OpenAsync();
        var hand = new TamperingHand(connection);
        await hand.TakeOffProtectionAsync(table);
        var columns = await hand.ColumnsAsync(table);
        Assert.NotEmpty(columns);
        var missed = new List<string>();
        foreach (var column in columns)
        {
            var tried = 0;
            foreach (var change in await hand.ChangesAsync(table, column))
            {
                await hand.ApplyAsync(change);
                if (await FindsNothingAsync(copy.Name))
                {
                    missed.Add(change.ToString());
                }

                await hand.UndoAsync(change);
                tried++;
            }

            Assert.True(tried > 0, $"{table}.{column.Name}: no row to change.");
        }

        Assert.True(missed.Count == 0, "Nothing was found after:\n" + string.Join('\n', missed));
        var after = await _fabric.VerifyAsync(database: copy.Name);
        Assert.True(after.Clean, Evidence.Text(after));
        output.WriteLine($"{table}: {columns.Count} columns");
    }

    [Fact]
    public async Task A_change_of_any_byte_of_a_row_of_each_table_is_found()
    {
        await using var source = _fabric.Auditor(null);
        await using var reader = await LogReader.OpenAsync(source, CancellationToken.None);
        var log = await EveryByte.ReadAsync(reader);
        var verifier = new LogVerifier(_fabric.State.RootPublicKey());
        Assert.True((await verifier.VerifyAsync(log, CancellationToken.None)).Clean);
        var missed = new ConcurrentBag<string>();
        var tried = 0;
        await Parallel.ForEachAsync(EveryByte.Changes(log), async (change, cancel) =>
        {
            Interlocked.Increment(ref tried);
            if ((await verifier.VerifyAsync(change.Log, cancel)).Clean)
            {
                missed.Add(change.What);
            }
        });
        Assert.True(missed.IsEmpty, "Nothing was found after:\n" + string.Join('\n', missed.Order(StringComparer.Ordinal)));
        Assert.True(tried > 1_000, $"Only {tried} changes were tried.");
        output.WriteLine($"{tried} changes");
    }

    [Fact]
    public async Task A_cut_tail_is_flawless_in_itself_and_found_against_a_checkpoint_kept_elsewhere()
    {
        await using var copy = await DatabaseCopy.CreateAsync(_fabric);
        var kept = await File.ReadAllTextAsync(_fabric.State.Paths.Checkpoint);
        var whole = await _fabric.VerifyAsync(kept, copy.Name);
        Assert.True(whole.Clean, Evidence.Text(whole));

        // The newest commit under the newest checkpoint goes, and every trace of it.
        await _fabric.Seat.AdministerAsync(copy.Name, """
            set session_replication_role = replica;
            create temp table gone as select host_id, commit_number, leaf_index from journal.leaf order by leaf_index desc limit 2;
            create temp table range as select s.* from journal.seal s join gone using (host_id, commit_number) where s.role = 'host';
            delete from journal.entry e using range r where e.tenant_id = r.tenant_id and e.stream_id = r.stream_id and e.seq >= r.first_seq;
            delete from journal.seal s using gone g where s.host_id = g.host_id and s.commit_number = g.commit_number;
            delete from journal.commit c using gone g where c.host_id = g.host_id and c.number = g.commit_number;
            delete from journal.checkpoint where tree_size > (select min(leaf_index) from gone);
            delete from journal.leaf using gone g where leaf.leaf_index = g.leaf_index;
            update journal.stream_head h set seq = e.seq, epoch = e.epoch, chain = e.chain from journal.entry e
             where e.tenant_id = h.tenant_id and e.stream_id = h.stream_id
               and e.seq = (select max(seq) from journal.entry m where m.tenant_id = h.tenant_id and m.stream_id = h.stream_id);
            delete from journal.stream_head h where not exists (select from journal.entry e where e.tenant_id = h.tenant_id and e.stream_id = h.stream_id);
            """);
        var cut = await _fabric.VerifyAsync(database: copy.Name);
        Assert.True(cut.Clean, Evidence.Text(cut));
        Assert.True(cut.Entries < whole.Entries);
        var against = await _fabric.VerifyAsync(kept, copy.Name);
        Assert.False(against.Clean);
    }

    private async Task<bool> FindsNothingAsync(string database)
    {
        try
        {
            return (await _fabric.VerifyAsync(database: database)).Clean;
        }
        catch (VoxeltronException unreadable) when (unreadable.FaultCode == "log_unreadable")
        {
            return false;
        }
    }
}
