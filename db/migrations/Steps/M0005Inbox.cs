using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(5, "The inbox, the one way into the log, and idempotency keys")]
public sealed class M0005Inbox : Step
{
    public override void Up() => Execute.Sql("""
        create table control.inbox (
          tenant_id text collate "C" not null,
          inbox_id uuid not null,
          stream_id uuid not null,
          position bigint generated always as identity,
          kind text collate "C" not null,
          actor text collate "C" not null,
          body text not null,
          payload bytea,
          payload_salt bytea,
          signer text collate "C" not null,
          signature bytea not null,
          time_created timestamptz not null default now(),
          consumed_seq bigint,
          constraint inbox_pkey primary key (tenant_id, inbox_id),
          constraint inbox_signer_form check (signer ~ '^[0-9a-f]{32}$'),
          constraint inbox_signature_length check (octet_length(signature) = 64),
          constraint inbox_body_length check (octet_length(body) between 2 and 16384),
          constraint inbox_payload_has_salt check ((payload is null) = (payload_salt is null)),
          constraint inbox_salt_length check (octet_length(payload_salt) = 16),
          constraint inbox_consumed_seq_positive check (consumed_seq >= 1),
          constraint inbox_consumed_keeps_no_payload check (consumed_seq is null or payload is null)
        ) with (fillfactor = 80, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
        comment on table control.inbox is 'Signed acts on their way into the log. The stream''s owner appends each verbatim and marks it in the same transaction; with no owner alive they wait here, visible in audit.inbox_pending.';
        comment on column control.inbox.position is 'Order of arrival, roughly: two transactions may become visible in the other order, so a reader never remembers a position as "all before is seen".';
        comment on column control.inbox.payload is 'Verbatim bytes until consumed; from then on they are in journal.entry alone, so that erasing them there erases them.';
        comment on column control.inbox.consumed_seq is 'The entry that holds this act. Null: not appended yet.';

        create index inbox_pending on control.inbox (tenant_id, stream_id, position) where consumed_seq is null;
        comment on index control.inbox_pending is 'The owner reads its pending rows in order; consumed rows leave the index.';

        create table control.idempotency (
          tenant_id text collate "C" not null,
          scope text collate "C" not null,
          idempotency_key text collate "C" not null,
          request_sha256 bytea not null,
          inbox_id uuid not null,
          resource text not null,
          time_created timestamptz not null default now(),
          constraint idempotency_pkey primary key (tenant_id, scope, idempotency_key),
          constraint idempotency_key_length check (length(idempotency_key) between 1 and 255),
          constraint idempotency_request_length check (octet_length(request_sha256) = 32)
        );
        comment on table control.idempotency is 'What a repeated request attaches to. The same key with another body is refused by request_sha256.';
        comment on column control.idempotency.scope is 'The operation the key belongs to, so that one key may be used once per operation.';
        create index idempotency_time on control.idempotency using brin (time_created);
        comment on index control.idempotency_time is 'Housekeeping deletes by age.';

        grant select, insert on control.inbox to voxeltron_api;
        -- A worker enters its own delegation and its start here: it has no other way into the log either.
        grant select, insert on control.inbox to voxeltron_worker;
        grant update (consumed_seq, payload, payload_salt) on control.inbox to voxeltron_worker;
        grant select (tenant_id, inbox_id, stream_id, position, kind, actor, body, signer, signature, time_created, consumed_seq) on control.inbox to voxeltron_sre;
        grant select on control.inbox to voxeltron_auditor;
        grant select, insert, delete on control.idempotency to voxeltron_api;
        grant select on control.idempotency to voxeltron_auditor;
        """);

    public override void Down()
    {
        RefuseIfRows("control.inbox", "control.idempotency");
        Execute.Sql("drop table control.idempotency; drop table control.inbox;");
    }
}
