using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>Goal: a mission begins from no snapshot but one that a replay reproduced. Method: a row of each verdict, and of none.</summary>
public sealed class SnapshotRowTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task Only_what_was_reproduced_counts_and_the_newest_comes_first()
    {
        var stream = new StreamRef(new TenantId("demo"), new StreamId(Guid.NewGuid()));
        string?[] verdicts = [null, "reproduced", "differs", "reproduced", "unanswered", null, "differs"];
        for (var i = 0; i < verdicts.Length; i++)
        {
            var verdict = verdicts[i] is { } word ? $"'{word}'" : "null";
            await fixture.Database.AdministerAsync($"""
                insert into control.snapshot (tenant_id, stream_id, seq, root, size, stored_size, verdict)
                values ('{stream.Tenant}', '{stream.Stream.Value}', {10 * (i + 1)}, sha256('{i}'), 1, 1, {verdict})
                """);
        }

        var queries = new SnapshotQueries(fixture.Database.Worker);
        Assert.Equal([40, 20], (await queries.GoodAsync(stream, long.MaxValue, CancellationToken.None)).Select(static row => row.Seq));
        Assert.Equal([20], (await queries.GoodAsync(stream, 40, CancellationToken.None)).Select(static row => row.Seq));
        Assert.Empty(await queries.GoodAsync(stream with { Stream = new StreamId(Guid.NewGuid()) }, long.MaxValue, CancellationToken.None));
    }
}
