using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

/// <summary>Whom a tenant's missions may ask models of, whether outside, and for auditors what came of each call.</summary>
[Migration(35, "Models")]
public sealed class M0035Models : Step
{
    private const string Views = "audit.model_call, audit.model_try, audit.air_gap";

    public override void Up()
    {
        Execute.Sql("""
            create table control.model_catalog (
              tenant_id text collate "C" not null,
              serial integer not null,
              digest text collate "C" not null,
              document bytea not null,
              providers integer not null,
              not_after timestamptz not null,
              declared_seq bigint not null,
              time_declared timestamptz not null,
              constraint model_catalog_pkey primary key (tenant_id),
              constraint model_catalog_serial_positive check (serial >= 1),
              constraint model_catalog_digest_hex check (digest ~ '^[0-9a-f]{64}$'),
              constraint model_catalog_providers_counted check (providers >= 0)
            );
            comment on table control.model_catalog is 'Projection: the model providers a tenant''s missions may ask, as an operator signed them. The entries are models.declared in its system stream that were not refused; hosts check the signature again.';
            comment on column control.model_catalog.digest is 'SHA-256 of the signed bytes.';
            comment on column control.model_catalog.document is 'The DSSE envelope. It names keys and has none.';

            create table control.air_gap (
              tenant_id text collate "C" not null,
              is_on boolean not null,
              set_seq bigint not null,
              time_set timestamptz not null,
              constraint air_gap_pkey primary key (tenant_id)
            );
            comment on table control.air_gap is 'Projection: whether model calls of a tenant may leave the house; the row of tenant fabric holds for all. The entries are air_gap.set (audit.air_gap).';

            create index entry_model on journal.entry (tenant_id, stream_id, seq) where kind in ('model.replied', 'model.failed');
            comment on index journal.entry_model is 'What came of model calls, among the entries of a mission: asked by audit.model_call and audit.model_try.';

            grant select, insert, update on control.model_catalog, control.air_gap to voxeltron_worker;
            grant select on control.model_catalog, control.air_gap to voxeltron_api, voxeltron_sre, voxeltron_auditor;
            """);
        Script("views.audit_model_call.sql");
        Script("views.audit_model_try.sql");
        Script("views.audit_air_gap.sql");
        Execute.Sql($"grant select on {Views} to voxeltron_api, voxeltron_sre, voxeltron_auditor;");
    }

    public override void Down() => Execute.Sql($"""
        drop view {Views};
        drop index journal.entry_model;
        drop table control.air_gap;
        drop table control.model_catalog;
        """);
}
