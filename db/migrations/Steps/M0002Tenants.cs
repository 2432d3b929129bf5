using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(2, "Tenants and their API keys")]
public sealed class M0002Tenants : Step
{
    public override void Up() => Execute.Sql("""
        -- Tenant ids order by bytes, as commit statements order them: hence "C" wherever one is kept.
        create table control.tenant (
          tenant_id text collate "C" not null,
          display_name text not null,
          time_created timestamptz not null default now(),
          constraint tenant_pkey primary key (tenant_id),
          constraint tenant_id_form check (tenant_id ~ '^[a-z][a-z0-9-]{0,62}$'),
          constraint tenant_display_name_length check (length(display_name) between 1 and 200)
        );
        comment on table control.tenant is 'Who owns rows. The built-in tenant fabric owns what serves all others. Hot tables carry tenant_id without a foreign key: its row lock would be shared by every writer.';

        create table control.api_key (
          tenant_id text collate "C" not null,
          key_id text collate "C" not null,
          name text not null,
          role text not null,
          secret_sha256 bytea not null,
          time_created timestamptz not null default now(),
          time_expires timestamptz,
          time_revoked timestamptz,
          constraint api_key_pkey primary key (tenant_id, key_id),
          constraint api_key_key_id_key unique (key_id),
          constraint api_key_tenant_fkey foreign key (tenant_id) references control.tenant (tenant_id),
          constraint api_key_role_known check (role in ('operator', 'approver', 'auditor', 'developer', 'tenant')),
          constraint api_key_secret_length check (octet_length(secret_sha256) = 32),
          constraint api_key_expires_after_creation check (time_expires > time_created)
        );
        comment on table control.api_key is 'Keys that open the Api. Only a hash of the secret is kept.';
        comment on column control.api_key.key_id is 'The public part, sent in clear with the secret; unique in the whole fabric so that it alone finds the row.';
        comment on column control.api_key.secret_sha256 is 'SHA-256 of a secret of 256 random bits, which is why no slow hash is needed.';

        grant select, insert on control.tenant to voxeltron_api;
        grant select on control.tenant to voxeltron_worker, voxeltron_sre, voxeltron_auditor;
        grant select, insert on control.api_key to voxeltron_api;
        grant update (name, time_expires, time_revoked) on control.api_key to voxeltron_api;
        grant select (tenant_id, key_id, name, role, time_created, time_expires, time_revoked) on control.api_key to voxeltron_auditor;
        """);

    public override void Down()
    {
        RefuseIfRows("control.api_key", "control.tenant");
        Execute.Sql("drop table control.api_key; drop table control.tenant;");
    }
}
