using Voxeltron.Postgres;
using Voxeltron.Tests.Support;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>Goal: every commit gets one place in the Merkle log, however many hosts number at once. Method: two hosts' commits, several integrators.</summary>
public sealed class IntegratorTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private TestDatabase Database => fixture.Database;

    [Fact]
    public async Task Commits_are_numbered_once_densely_and_in_each_hosts_order()
    {
        await using var journal = new PostgresJournal(Database.Worker);
        foreach (var host in new[] { new TestBatch(), new TestBatch() })
        {
            var stream = TestBatch.NewStream();
            for (var i = 0; i < 25; i++)
            {
                await journal.CommitAsync(host.Of(host.Stream(stream, 1, previousEpoch: i == 0 ? 0 : null)), default);
            }
        }

        var integrator = new IntegratorCommands(Database.Worker);
        while (await Database.ScalarAsync<long>("voxeltron_auditor", "select count(*) from audit.commit_lag where leaf_index is null") > 0)
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => integrator.NumberAsync(Statements.Leaf, 7, default)));
        }

        var leaves = await integrator.ReadLeavesAsync(0, 1000, default);
        Assert.Equal(Enumerable.Range(0, 50).Select(static i => (long)i), leaves.Select(static l => l.Index));
        foreach (var host in leaves.GroupBy(static l => l.Host))
        {
            Assert.Equal(Enumerable.Range(1, 25).Select(static n => (long)n), host.Select(static l => l.CommitNumber));
        }

        Assert.Empty(await integrator.NumberAsync(Statements.Leaf, 7, default));
        var tree = new MerkleAccumulator();
        foreach (var leaf in leaves)
        {
            tree.Append(leaf.Leaf);
        }

        var checkpoint = new CheckpointRow(tree.Size, tree.Root(), "note");
        Assert.True(await integrator.InsertCheckpointAsync(checkpoint, default));
        Assert.False(await integrator.InsertCheckpointAsync(checkpoint, default));
        Assert.Equal(50, (await integrator.ReadLatestCheckpointAsync(default))!.TreeSize);
        Assert.Equal(["True"], await Database.RowsAsync("voxeltron_auditor", "select clean from audit.checkpoint_check(50)"));
        Assert.Empty(await Database.RowsAsync("voxeltron_auditor", "select * from audit.commit_lag"));
    }
}
