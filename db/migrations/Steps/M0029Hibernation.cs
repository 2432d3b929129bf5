using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

/// <summary>Cells that sleep: how many each host has, and which modules' cells never do.</summary>
[Migration(29, "Hibernation")]
public sealed class M0029Hibernation : Step
{
    public override void Up() => Execute.Sql("""
        alter table control.host
          add column cells_hibernated integer not null default 0,
          add column spool_bytes bigint not null default 0,
          add column hibernation_left integer not null default 0,
          add constraint host_spool_not_negative check (least(cells_hibernated, spool_bytes, hibernation_left) >= 0);
        comment on column control.host.cells_hibernated is 'Cells that wait as images in the host''s spool, beside cells_live. As of time_renewed.';
        comment on column control.host.spool_bytes is 'What their images take on disk.';
        comment on column control.host.hibernation_left is 'Cells that could hibernate besides.';
        grant update (cells_hibernated, spool_bytes, hibernation_left) on control.host to voxeltron_worker;

        alter table control.module
          add column stays_warm_code text,
          add column stays_warm_reason text,
          add constraint module_stays_warm_has_reason check ((stays_warm_code is null) = (stays_warm_reason is null));
        comment on column control.module.stays_warm_code is 'Why cells of the module cannot hibernate; null when they can, of a refused module, and of one registered before step 29.';
        """);

    public override void Down() => Execute.Sql("""
        alter table control.module
          drop constraint module_stays_warm_has_reason,
          drop column stays_warm_code,
          drop column stays_warm_reason;
        alter table control.host
          drop constraint host_spool_not_negative,
          drop column cells_hibernated,
          drop column spool_bytes,
          drop column hibernation_left;
        """);
}
