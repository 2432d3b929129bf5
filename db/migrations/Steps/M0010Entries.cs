using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(10, "Entries")]
public sealed class M0010Entries : Step
{
    public override void Up() => Execute.Sql("""
        create table journal.entry (
          tenant_id text collate "C" not null,
          stream_id uuid not null,
          seq bigint not null,
          epoch bigint not null,
          time timestamptz not null,
          kind text collate "C" not null,
          actor text collate "C" not null,
          body text not null,
          payload bytea,
          payload_salt bytea,
          chain bytea not null,
          constraint entry_pkey primary key (tenant_id, stream_id, seq),
          constraint entry_seq_positive check (seq >= 1),
          constraint entry_epoch_not_negative check (epoch >= 0),
          constraint entry_body_length check (octet_length(body) between 2 and 16384),
          constraint entry_payload_has_salt check ((payload is null) = (payload_salt is null)),
          constraint entry_salt_length check (octet_length(payload_salt) = 16),
          constraint entry_chain_length check (octet_length(chain) = 32)
        );
        comment on table journal.entry is 'The log: one fact a row. chain = SHA-256(previous chain | header | SHA-256(body)); audit.chain_check recomputes it.';
        comment on column journal.entry.time is 'By the owner host''s clock, in microseconds; part of the signed header.';
        comment on column journal.entry.actor is 'Who acted: host/…, cell/…, api/…, sre/…, ca/…, root/… or operator/… and an id.';
        comment on column journal.entry.body is 'RFC 8785 JSON, verbatim: ids, counts, codes, digests. Never personal data. Text and not jsonb, because the bytes are hashed.';
        comment on column journal.entry.payload is 'Verbatim bytes whose salted digest is in the body; the only part that can be erased.';
        comment on column journal.entry.payload_salt is 'Erased with the payload, so that its digest can no longer be guessed.';

        -- Free on the hot path, where a second btree would cost near half of the throughput.
        create index entry_time on journal.entry using brin (time);
        comment on index journal.entry_time is 'Questions about a span of time.';

        grant select, insert on journal.entry to voxeltron_worker;
        grant select on journal.entry to voxeltron_api, voxeltron_auditor;
        grant select (tenant_id, stream_id, seq, epoch, time, kind, actor, body, chain) on journal.entry to voxeltron_sre;
        """);

    public override void Down()
    {
        RefuseIfRows("journal.entry");
        Execute.Sql("drop table journal.entry;");
    }
}
