using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>
/// A small log with everything in it: two hosts, the fabric's and a tenant's stream, a mission whose first owner dies with an
/// unsealed cell and whose second finishes it, nine commits, leaves, two checkpoints.
/// </summary>
public static class SampleLog
{
    public static readonly TenantId Tenant = new("clinic");

    public static readonly MissionId Mission = new(TestKeys.Id(0x77));

    public static LogBuilder Build()
    {
        var log = new LogBuilder();
        var (first, second) = (new TestHost(1), new TestHost(2));
        log.Begin(first);

        var tenant = log.Stream(Tenant, StreamId.System(Tenant));
        tenant.Begin(first, epoch: 1, previous: 0);
        tenant.Append(log.Intent(tenant, EntryKinds.ModuleSubmitted, w => w.Name("name").String("extract"), Encoding.ASCII.GetBytes("\0asm")));
        tenant.Append(EntryKinds.ModuleRegistered, first.Actor, w => w.Name("abi").Integer(1).Name("submitted_seq").Integer(2).Name("v").Integer(1));

        var mission = log.Stream(Tenant, StreamId.Of(Mission));
        mission.Begin(first, epoch: 1, previous: 0);
        mission.Append(log.Intent(mission, EntryKinds.MissionSubmitted, w => w.Name("name").String("prior-auth"), "{}"u8.ToArray()));
        log.Commit(first, tenant, mission);

        var done = new TestCell(1);
        mission.Append(log.ItemOfGroup(mission, "r-1"));
        mission.Boot(done);
        mission.Append(EntryKinds.TaskDispatched, first.Actor, w => w.Name("task").String("extract/r-1").Name("v").Integer(1));
        log.Commit(first, mission);
        mission.Act(done, "delta", "returned");
        mission.Act(done);
        log.Commit(first, [mission], [done]);
        mission.Stop(done, "completed");
        var aborted = new TestCell(2);
        mission.Boot(aborted);
        mission.Act(aborted, "delta", "returned");
        mission.Abort(aborted);
        log.Commit(first, mission);
        log.Checkpoint();

        // The first owner dies here, with this cell's entry unsealed by the cell.
        var lost = new TestCell(3);
        mission.Boot(lost);
        mission.Act(lost, "delta", "returned");
        log.Commit(first, mission);

        log.Delegate(second);
        log.Commit(first, log.System);
        mission.Begin(second, epoch: 2, previous: 1);
        var again = new TestCell(4);
        mission.Boot(again);
        mission.Act(again);
        log.Commit(second, [mission], [again]);
        mission.Append(log.Intent(mission, EntryKinds.InputClosed, w => w.Name("input").String("requests")));
        mission.Stop(again, "completed");
        mission.Append(EntryKinds.MissionCompleted, second.Actor, w => w.Name("status").String("completed").Name("v").Integer(1));
        log.Commit(second, mission);
        log.Checkpoint();
        return log;
    }
}
