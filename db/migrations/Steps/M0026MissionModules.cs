using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

/// <summary>Which version of each module a mission runs: until now that was in the spec, and could not change.</summary>
[Migration(26, "Modules of missions")]
public sealed class M0026MissionModules : Step
{
    // Missions that run while this step is taken have no rows until their next owner writes them.
    public override void Up() => Execute.Sql("""
        create table control.mission_module (
          tenant_id text collate "C" not null,
          mission_id uuid not null,
          declared_digest text collate "C" not null,
          current_digest text collate "C" not null,
          previous_digest text collate "C",
          status text not null,
          reload_to text collate "C",
          answered_seq bigint,
          outcome text,
          outcome_code text,
          last_seq bigint not null,
          time_modified timestamptz not null default now(),
          constraint mission_module_pkey primary key (tenant_id, mission_id, declared_digest),
          constraint mission_module_status_known check (status in ('running', 'reloading', 'restoring', 'ended')),
          constraint mission_module_reload_leads_somewhere check ((status in ('reloading', 'restoring')) = (reload_to is not null)),
          constraint mission_module_outcome_known check (outcome in ('reloaded', 'restored', 'refused')),
          constraint mission_module_outcome_has_seq check ((outcome is null) = (answered_seq is null)),
          constraint mission_module_outcome_has_code check ((outcome is null or outcome = 'reloaded') = (outcome_code is null))
        );
        comment on table control.mission_module is 'Projection: which version a mission runs of each module its spec declares. What it went through is in the log: module.reload_began, module.reloaded, module.reload_failed, module.restored.';
        comment on column control.mission_module.declared_digest is 'The module as the spec names it.';
        comment on column control.mission_module.current_digest is 'What new cells run; while a reload goes on, the version that is to go.';
        comment on column control.mission_module.previous_digest is 'What a rollback leads to; null before the first reload.';
        comment on column control.mission_module.status is 'running; reloading: cells are being replaced; restoring: a reload failed and its cells go back; ended, with its mission.';
        comment on column control.mission_module.answered_seq is 'The intent that was answered last.';
        comment on column control.mission_module.outcome is 'reloaded, or restored or refused because of outcome_code.';
        create index mission_module_live on control.mission_module (tenant_id, declared_digest) where status <> 'ended';
        comment on index control.mission_module_live is 'Who runs a module: asked when it is reloaded.';

        grant select, insert, update on control.mission_module to voxeltron_worker;
        grant select on control.mission_module to voxeltron_api, voxeltron_sre, voxeltron_auditor;
        """);

    public override void Down() => Execute.Sql("drop table control.mission_module;");
}
