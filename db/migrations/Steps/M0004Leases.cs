using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(4, "Leases on streams")]
public sealed class M0004Leases : Step
{
    public override void Up() => Execute.Sql("""
        create table control.lease (
          tenant_id text collate "C" not null,
          stream_id uuid not null,
          role text not null,
          host_id uuid,
          epoch bigint not null default 0,
          time_expires timestamptz,
          finished boolean not null default false,
          constraint lease_pkey primary key (tenant_id, stream_id),
          constraint lease_role_known check (role in ('mission', 'system')),
          constraint lease_epoch_not_negative check (epoch >= 0),
          constraint lease_held_until check ((host_id is null) = (time_expires is null)),
          constraint lease_system_never_finishes check (not (role = 'system' and finished))
        ) with (fillfactor = 50, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);
        comment on table control.lease is 'Which host may write a stream until when, by the database''s clock. It gives liveness; what keeps a second writer out is journal.stream_head.';
        comment on column control.lease.epoch is 'The epoch the holder writes under: one more than the head''s at the time of the claim. Two claims without a write between them share a number; the head lets only the first of them in.';
        comment on column control.lease.finished is 'The mission has ended. A row still pending in the inbox makes the stream claimable again, so that the latecomer gets its refusal.';

        -- time_expires is in no index: a renewal a second per lease must stay a heap-only update.
        create index lease_free on control.lease (role desc, tenant_id, stream_id) where not finished and host_id is null;
        comment on index control.lease_free is 'Claims look for unfinished streams nobody holds, system streams first; finished missions outnumber them by far.';
        create index lease_held on control.lease (host_id) where host_id is not null;
        comment on index control.lease_held is 'Renewal, the end of a host and the search for lapsed leases touch what is held.';

        grant select, insert on control.lease to voxeltron_api;
        grant select, insert on control.lease to voxeltron_worker;
        grant update (host_id, epoch, time_expires, finished) on control.lease to voxeltron_worker;
        grant select on control.lease to voxeltron_sre, voxeltron_auditor;
        """);

    public override void Down()
    {
        RefuseIfRows("control.lease");
        Execute.Sql("drop table control.lease;");
    }
}
