using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(23, "Snapshots of missions")]
public sealed class M0023Snapshots : Step
{
    // No evidence: what is here can be made again from the log, and its root stands there.
    public override void Up() => Execute.Sql("""
        create table control.snapshot (
          tenant_id text collate "C" not null,
          stream_id uuid not null,
          seq bigint not null,
          root bytea not null,
          size bigint not null,
          stored_size bigint not null,
          time_created timestamptz not null default now(),
          verdict text,
          tries integer not null default 0,
          judge_host_id uuid,
          judge_until timestamptz,
          constraint snapshot_pkey primary key (tenant_id, stream_id, seq),
          constraint snapshot_seq_positive check (seq >= 1),
          constraint snapshot_root_length check (octet_length(root) = 32),
          constraint snapshot_sizes_positive check (size > 0 and stored_size > 0),
          constraint snapshot_verdict_known check (verdict in ('reproduced', 'differs', 'unanswered'))
        );
        comment on table control.snapshot is 'Stored states of running missions, to recover from. One counts once an independent replay reproduced its root (verdict reproduced); the entry snapshot.taken after seq says the root, snapshot.judged the verdict.';
        comment on column control.snapshot.seq is 'The last entry the state contains.';
        comment on column control.snapshot.size is 'Bytes before compression, over which root is taken.';
        comment on column control.snapshot.verdict is 'Null: not judged yet. differs: it is never used; the mission''s log or memory is damaged.';
        comment on column control.snapshot.judge_until is 'A host has it replayed until then; later, anyone may try again.';
        create index snapshot_unjudged on control.snapshot (time_created) where verdict is null;
        comment on index control.snapshot_unjudged is 'What to replay next: asked by every worker every few seconds.';

        create table control.snapshot_part (
          tenant_id text collate "C" not null,
          stream_id uuid not null,
          seq bigint not null,
          part integer not null,
          bytes bytea not null,
          constraint snapshot_part_pkey primary key (tenant_id, stream_id, seq, part),
          constraint snapshot_part_snapshot foreign key (tenant_id, stream_id, seq) references control.snapshot on delete cascade
        );
        alter table control.snapshot_part alter column bytes set storage external;
        comment on table control.snapshot_part is 'The state itself, Brotli-compressed, in pieces of at most 4 MiB. It holds rows of tables: whoever erases payloads deletes the mission''s snapshots too.';

        grant select, insert, delete on control.snapshot to voxeltron_worker;
        grant update (verdict, tries, judge_host_id, judge_until) on control.snapshot to voxeltron_worker;
        grant select, insert, delete on control.snapshot_part to voxeltron_worker;
        grant select on control.snapshot, control.snapshot_part to voxeltron_auditor;
        grant select on control.snapshot to voxeltron_api, voxeltron_sre;
        """);

    public override void Down() => Execute.Sql("drop table control.snapshot_part; drop table control.snapshot;");
}
