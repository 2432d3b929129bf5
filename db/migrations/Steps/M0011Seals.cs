using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(11, "Seals and commits")]
public sealed class M0011Seals : Step
{
    public override void Up() => Execute.Sql("""
        create table journal.seal (
          tenant_id text collate "C" not null,
          stream_id uuid not null,
          first_seq bigint not null,
          last_seq bigint not null,
          entry_count integer not null,
          role text collate "C" not null,
          signer text collate "C" not null,
          host_id uuid not null,
          commit_number bigint not null,
          root bytea not null,
          signature bytea not null,
          constraint seal_pkey primary key (tenant_id, stream_id, last_seq, role, signer),
          constraint seal_role_known check (role in ('host', 'cell', 'actor')),
          constraint seal_range_holds_entries check (first_seq >= 1 and first_seq <= last_seq and entry_count between 1 and last_seq - first_seq + 1),
          constraint seal_host_covers_all check (role <> 'host' or entry_count = last_seq - first_seq + 1),
          constraint seal_actor_covers_one check (role <> 'actor' or first_seq = last_seq),
          constraint seal_signer_form check (signer ~ '^[0-9a-f]{32}$'),
          constraint seal_root_length check (octet_length(root) = 32),
          constraint seal_signature_length check (octet_length(signature) = 64)
        );
        comment on table journal.seal is 'Signatures over entries: the host over all of a commit''s entries in a stream, a cell over its own, an actor over the intent it signed.';
        comment on column journal.seal.host_id is 'Whose commit carried the seal, whoever signed it.';

        create table journal.commit (
          host_id uuid not null,
          number bigint not null,
          time timestamptz not null,
          stream_count integer not null,
          entry_count integer not null,
          root bytea not null,
          previous bytea not null,
          signer text collate "C" not null,
          signature bytea not null,
          constraint commit_pkey primary key (host_id, number),
          constraint commit_number_positive check (number >= 1),
          constraint commit_holds_entries check (stream_count >= 1 and entry_count >= stream_count),
          constraint commit_root_length check (octet_length(root) = 32),
          constraint commit_previous_length check (octet_length(previous) = 32),
          constraint commit_signer_form check (signer ~ '^[0-9a-f]{32}$'),
          constraint commit_signature_length check (octet_length(signature) = 64)
        );
        comment on table journal.commit is 'One durable batch of one host: its root covers the host seals of that batch, previous the host''s commit before.';

        grant select, insert on journal.seal, journal.commit to voxeltron_worker;
        grant select on journal.seal, journal.commit to voxeltron_api, voxeltron_sre, voxeltron_auditor;
        """);

    public override void Down()
    {
        RefuseIfRows("journal.seal", "journal.commit");
        Execute.Sql("drop table journal.commit; drop table journal.seal;");
    }
}
