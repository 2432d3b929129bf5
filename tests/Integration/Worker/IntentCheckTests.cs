using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>Goal: whoever writes rows nobody signed cannot fill the worker's log or memory. Method: the check, asked again and again about one row, as every sweep does.</summary>
public sealed class IntentCheckTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_row_that_is_not_appended_is_told_of_once(bool signedByRoot)
    {
        using var root = new Ed25519Signer([.. Enumerable.Repeat((byte)1, Ed25519.SeedBytes)]);
        using var stranger = new Ed25519Signer([.. Enumerable.Repeat((byte)2, Ed25519.SeedBytes)]);
        var signer = signedByRoot ? root : stranger;
        var log = new HeardLog<IntentCheck>();
        using var check = new IntentCheck(root.PublicKey, new EmptyJournal(), TimeProvider.System, log);
        var mission = StreamId.Of(new MissionId(Guid.NewGuid()));
        var row = IntentBuilder.Build(
            signer, Actors.Key("api", signer.KeyId), new TenantId("demo"), mission, EntryKinds.InputClosed, TimeProvider.System.NowUs(), Guid.NewGuid());

        for (var sweep = 0; sweep < 5; sweep++)
        {
            Assert.False(await check.IsGenuineAsync(row, CancellationToken.None));
        }

        Assert.Contains(row.Id.ToString(), Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void The_latest_ids_are_remembered_and_no_more_than_the_capacity()
    {
        var ids = Enumerable.Range(0, 1000).Select(static _ => Guid.NewGuid()).ToList();
        var recent = new RecentIds(100);
        Assert.All(ids, id => Assert.True(recent.Add(id)));
        Assert.All(ids.TakeLast(50), id => Assert.False(recent.Add(id)));
        Assert.InRange(ids.Count(recent.Contains), 50, 100);
    }
}
