using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

/// <summary>Calls a cell is not granted are more than those for a place: files, sockets, and what a host offers to none. The view says so.</summary>
[Migration(32, "Denied calls")]
public sealed class M0032DeniedCalls : Step
{
    public override void Up() => Execute.Sql("""
        alter view audit.egress_denied rename to denied_call;
        comment on view audit.egress is 'Every request of a cell that left the fabric or was refused on the way: one row each, with what came of it. What was asked stands in the payload of the action that asked ("requests"); calls that were denied at once, in audit.denied_call.';
        comment on view audit.denied_call is 'Events in which a cell called for what it is not granted: how often, and what for. Reads every action of the missions asked for.';
        comment on column audit.denied_call.places is 'Code, place (scheme, host and port, or the name of the call) and count of each; null where the event was aborted, or its payload erased.';
        """);

    public override void Down() => Execute.Sql("""
        alter view audit.denied_call rename to egress_denied;
        comment on view audit.egress is 'Every request of a cell that left the fabric or was refused on the way: one row each, with what came of it. What was asked stands in the payload of the action that asked ("requests"); calls that were denied at once, in audit.egress_denied.';
        comment on view audit.egress_denied is 'Events in which a cell called for what its profile does not grant: how often, and what for. Reads every action of the missions asked for.';
        comment on column audit.egress_denied.places is 'Code, place and count of each; null where the event was aborted, or its payload erased.';
        """);
}
