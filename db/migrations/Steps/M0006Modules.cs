using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(6, "Modules")]
public sealed class M0006Modules : Step
{
    public override void Up() => Execute.Sql("""
        create table control.module (
          tenant_id text collate "C" not null,
          module_digest text collate "C" not null,
          name text not null,
          status text not null,
          size_bytes bigint not null,
          abi_version integer,
          imports text[] not null,
          exports text[] not null,
          reason_code text,
          reason text,
          submitted_seq bigint not null,
          time_created timestamptz not null,
          constraint module_pkey primary key (tenant_id, module_digest),
          constraint module_digest_form check (module_digest ~ '^[0-9a-f]{64}$'),
          constraint module_status_known check (status in ('registered', 'refused')),
          constraint module_refused_has_reason check ((status = 'refused') = (reason_code is not null)),
          constraint module_registered_has_abi check (status = 'refused' or abi_version is not null),
          constraint module_size_not_negative check (size_bytes >= 0)
        );
        comment on table control.module is 'Projection: what became of each uploaded module. Rebuilt from the log by reading module.registered and module.refused.';
        comment on column control.module.submitted_seq is 'The entry of the tenant''s system stream whose payload is the module, byte for byte.';

        grant select, insert, update on control.module to voxeltron_worker;
        grant select on control.module to voxeltron_api, voxeltron_sre, voxeltron_auditor;
        """);

    public override void Down() => Execute.Sql("drop table control.module;");
}
