using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Tests.Unit.Cells;
using Xunit;

namespace Voxeltron.Tests.Unit.Execution;

/// <summary>Goal: no action outgrows an entry. Method: a cell that fills each limit with the bytes that grow most, and the limits added up.</summary>
public sealed class LargestPayloadTests(CellFixture cells) : IClassFixture<CellFixture>
{
    [Fact]
    public void An_action_that_fills_every_limit_fits_an_entry()
    {
        using var cell = cells.Boot("brim");
        var store = new MissionStore([new TableSchema("brim", [new("id", ColumnType.Int64), new("body", ColumnType.Text)], ["id"])], StoreLimits.Default);
        var transaction = store.Begin("work/one");

        var outcome = cell.Deliver(CellFixture.TaskEvent(""), transaction);

        Assert.Equal((ActionStatus.Completed, null), (outcome.Status, outcome.Message));
        var payload = ActionPayload.Write(outcome, transaction.Commit(), withResult: true);
        Assert.InRange(payload.Length, Limits.EntryPayloadBytes - (512 * 1024), Limits.EntryPayloadBytes);
    }

    /// <summary>What the cell above cannot do at once: a message comes with fail, timers and requests with neither, a result with complete.</summary>
    [Fact]
    public void All_outputs_together_fit_their_share()
    {
        const int Escaped = 6;
        var bytes = Escaped * (CellLimits.ResultBytes + CellLimits.LogBytes + CellLimits.EmitBytes + CellLimits.FailMessageBytes);
        var frames = (CellLimits.LogLines * "{'level':1,'text':''},".Length)
            + (CellLimits.EmitCount * ("{'name':'','value':{'base64':''}},".Length + CellLimits.EmitNameLength + 4))
            + (CellLimits.OpenTickets * ("{'delay_us':,'tag':'','ticket':},".Length + CellLimits.TagLength + 40))
            + (CellLimits.OpenTickets * ("{'body':{'base64':''},'headers':[],'method':'OPTIONS','redirects':,'response_bytes':,'tag':'','ticket':,'timeout_ms':,'url':''},".Length + 60))
            + (17 * ("{'code':'egress_denied','count':,'place':''},".Length + 290))
            + "{'denied':[],'emits':[],'logs':[],'message':'','requests':[],'result':{'base64':''},'timers':[],'writes':[]}".Length;

        Assert.InRange(bytes + frames, 0, Limits.ActionOutputJsonBytes);
    }
}
