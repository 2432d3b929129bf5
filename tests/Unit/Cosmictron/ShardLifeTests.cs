using System.Text;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Cosmictron;

/// <summary>A task's shard outlives its attempts and ends with the task, whichever end that is. The same calls fold entries at recovery and in replay.</summary>
public sealed class ShardLifeTests
{
    private const string Module = "1111111111111111111111111111111111111111111111111111111111111111";

    private static readonly byte[] Spec = Encoding.UTF8.GetBytes($$$"""
        {"spec":"v1","name":"n","inputs":{"in":{}},
         "tables":[{"name":"own","columns":[{"name":"id","type":"int64"},{"name":"d","type":"decimal","precision":5,"scale":2,"nullable":true}],
                    "key":["id"],"indexes":[{"name":"by_d","columns":["d"]}],"scope":"cell"}],
         "tasks":[{"id":"t","module":"{{{Module}}}","map":"in","retry":{"max_attempts":2,"backoff_ms":0}},
                  {"id":"u","module":"{{{Module}}}","map":"in","dependsOn":["t"]}]}
        """);

    private readonly MissionState _state = new(new TenantId("demo"), new MissionId(TestKeys.Id(1)), StoreLimits.Default);
    private long _seq;

    public ShardLifeTests()
    {
        var parsed = MissionSpec.Parse(Spec);
        Assert.Empty(parsed.Errors);
        _state.Accept(parsed.Spec!, 1, 1);
        foreach (var item in new[] { "a", "b", "c", "d", "e" })
        {
            Assert.Null(_state.AddItem("in", item, ++_seq, 0, 1));
        }
    }

    [Fact]
    public void The_spec_declares_what_the_store_keeps() => Assert.Equal(
        """{"columns":[{"name":"id","nullable":false,"type":"int64"},{"name":"d","nullable":true,"precision":5,"scale":2,"type":"decimal"}],"indexes":[{"columns":["d"],"name":"by_d","unique":false}],"key":["id"],"name":"own","scope":"cell"}""",
        Assert.Single(_state.Tables).Canonical());

    [Fact]
    public void A_shard_ends_with_its_task_and_not_with_an_attempt()
    {
        foreach (var item in new[] { "a", "b", "c", "d", "e" })
        {
            Dispatch("t/" + item, 1);
            Write("t/" + item);
        }

        _state.Aborted("t/c", 1, "trap", ++_seq, 2);
        Assert.Equal(["t/a", "t/b", "t/c", "t/d", "t/e"], Shards());
        _state.Acted("t/a", 1, Outcomes.Of(Voxeltron.Cells.ActionStatus.Completed), null, ++_seq, 2);
        Assert.Equal(["t/b", "t/c", "t/d", "t/e"], Shards());
        _state.Acted("t/b", 1, Outcomes.Refused, "no", ++_seq, 2);
        Assert.Equal(["t/c", "t/d", "t/e"], Shards());
        Dispatch("t/c", 2);
        _state.Aborted("t/c", 2, "trap", ++_seq, 2);
        Assert.Equal(["t/c", "t/d", "t/e"], Shards());
        _state.Failed("t/c", "trap", ++_seq, 2);
        Assert.Equal(["t/d", "t/e"], Shards());

        // A shard written on start by a task that is then skipped cannot be; but the end itself must not mind an empty one.
        _state.Skipped("u/b", "t/b", ++_seq, 2);
        _state.BeginEpoch(2, 1, null, 3);
        Assert.Equal(["t/d", "t/e"], Shards());
        Dispatch("t/d", 2);
        _state.Cancel(3);
        Assert.Equal(["t/d"], Shards());
        _state.Aborted("t/d", 2, "trap", ++_seq, 4);
        Assert.Empty(Shards());
        Assert.Equal((0, 0), (_state.Store.RowCount, _state.Store.Bytes));
    }

    private void Dispatch(string task, int attempt) => _state.Dispatched(task, attempt, new CellId(TestKeys.Id(9)), ++_seq, 2);

    private void Write(string task)
    {
        var transaction = _state.Store.Begin(task);
        Assert.Equal(StateStatus.Ok, transaction.Put("own"u8, RandomRows.Tuple([1L, null])));
        transaction.Commit();
    }

    private IEnumerable<string?> Shards() => _state.Store.Rows("own").Select(row => row.Cell);
}
