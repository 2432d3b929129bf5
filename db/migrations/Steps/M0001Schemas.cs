using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(1, "Schemas and who may look into them")]
public sealed class M0001Schemas : Step
{
    public override void Up() => Execute.Sql("""
        create schema if not exists control;
        create schema journal;
        create schema sre;
        create schema audit;
        comment on schema control is 'What is wanted and what is going on: tenants, keys, hosts, leases, the inbox, and projections of the log.';
        comment on schema journal is 'The log. Insert-only but for stream_head, which is the fence.';
        comment on schema sre is 'The SRE operator''s own records.';
        comment on schema audit is 'Documented views and functions for people with questions. Names and columns here are a contract.';

        revoke all on schema public from public;
        grant usage on schema control to voxeltron_api, voxeltron_worker, voxeltron_sre, voxeltron_auditor;
        grant usage on schema journal to voxeltron_api, voxeltron_worker, voxeltron_sre, voxeltron_auditor;
        grant usage on schema sre to voxeltron_sre, voxeltron_auditor;
        grant usage on schema audit to voxeltron_api, voxeltron_sre, voxeltron_auditor;
        -- Every process checks at start that the schema is the one it was built for.
        grant select on control.schema_version to voxeltron_api, voxeltron_worker, voxeltron_sre, voxeltron_auditor;
        """);

    // control stays: it holds FluentMigrator's own table.
    public override void Down() => Execute.Sql("""
        drop schema audit;
        drop schema sre;
        drop schema journal;
        revoke select on control.schema_version from voxeltron_api, voxeltron_worker, voxeltron_sre, voxeltron_auditor;
        revoke usage on schema control from voxeltron_api, voxeltron_worker, voxeltron_sre, voxeltron_auditor;
        """);
}
