using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

/// <summary>What a mission may cost and has cost, and two states in which it waits for somebody: paused, and with its budget used up.</summary>
[Migration(33, "Budgets")]
public sealed class M0033Budgets : Step
{
    public override void Up()
    {
        Execute.Sql("""
            alter table control.mission drop constraint mission_status_known;
            alter table control.mission add constraint mission_status_known
              check (status in ('open', 'running', 'paused', 'budget_exhausted', 'completed', 'failed', 'cancelled'));

            create table control.budget (
              tenant_id text collate "C" not null,
              mission_id uuid not null,
              dimension text collate "C" not null,
              limit_amount bigint,
              spent bigint not null,
              held bigint not null,
              over bigint not null,
              escrow bigint not null,
              soft_percent integer not null,
              on_budget text not null,
              time_modified timestamptz not null,
              constraint budget_pkey primary key (tenant_id, mission_id, dimension),
              constraint budget_dimension_known check (dimension in ('cell_ms', 'fuel', 'warm_mib_ms', 'boots', 'tokens_in', 'tokens_out', 'egress_bytes', 'tasks')),
              constraint budget_on_budget_known check (on_budget in ('pause', 'drain', 'kill')),
              constraint budget_amounts_known check (spent >= 0 and held >= 0 and over >= 0 and escrow >= 0),
              constraint budget_within_limit check (limit_amount is null or spent::numeric + held <= limit_amount)
            );
            comment on table control.budget is 'Projection: each mission''s account, a row a dimension, of missions whose spec sets a budget. The entries it follows from: audit.budget.';
            comment on column control.budget.dimension is 'What is counted, and its unit: milliseconds in handlers, Wasm fuel, MiB kept warm times milliseconds, boots, tokens in and out, bytes of requests and answers, tasks begun.';
            comment on column control.budget.limit_amount is 'With every top-up so far; null: nothing limits it, it is counted all the same.';
            comment on column control.budget.spent is 'Never more than the limit.';
            comment on column control.budget.held is 'The worst case of what is under way.';
            comment on column control.budget.over is 'Measured beyond the limit: what only a clock or a server can say may come to a little more than was held (docs/budget.md).';
            comment on column control.budget.escrow is 'Of the limit, kept back for reloads and their way back.';
            comment on column control.budget.on_budget is 'What happens when the next thing does not fit: pause, drain or kill.';
            create index entry_budgets on journal.entry (tenant_id, stream_id, seq) where kind in ('budget.warned', 'budget.exhausted', 'budget.metered', 'budget.topup_requested');
            comment on index journal.entry_budgets is 'What was said of a mission''s budget: asked by audit.budget and audit.budget_event.';

            grant select, insert, update on control.budget to voxeltron_worker;
            grant select on control.budget to voxeltron_api, voxeltron_sre, voxeltron_auditor;
            """);
        Script("views.audit_budget.sql");
        Script("views.audit_budget_event.sql");
        Execute.Sql("grant select on audit.budget, audit.budget_event to voxeltron_api, voxeltron_sre, voxeltron_auditor;");
    }

    public override void Down() => Execute.Sql("""
        drop view audit.budget_event;
        drop view audit.budget;
        drop index journal.entry_budgets;
        drop table control.budget;
        update control.mission set status = 'running' where status in ('paused', 'budget_exhausted');
        alter table control.mission drop constraint mission_status_known;
        alter table control.mission add constraint mission_status_known check (status in ('open', 'running', 'completed', 'failed', 'cancelled'));
        """);
}
