using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(9, "Heads of streams: the fence")]
public sealed class M0009StreamHeads : Step
{
    public override void Up() => Execute.Sql("""
        create table journal.stream_head (
          tenant_id text collate "C" not null,
          stream_id uuid not null,
          seq bigint not null,
          epoch bigint not null,
          chain bytea not null,
          constraint stream_head_pkey primary key (tenant_id, stream_id),
          constraint stream_head_seq_positive check (seq >= 1),
          constraint stream_head_epoch_positive check (epoch >= 1),
          constraint stream_head_chain_length check (octet_length(chain) = 32)
        ) with (fillfactor = 50, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);
        comment on table journal.stream_head is 'Where each stream ends. A commit moves it from exactly the seq and epoch it expects or writes nothing: fence, gap check and fork check in one statement.';

        create function journal.refuse_head_change() returns trigger language plpgsql as $$
        begin
          raise exception 'journal.stream_head only moves forward: % refused', lower(tg_op)
            using errcode = 'restrict_violation', hint = 'A stream is never cut, forgotten or given to an older epoch.';
        end
        $$;
        comment on function journal.refuse_head_change() is 'Trigger: heads are never deleted and never go back.';
        revoke all on function journal.refuse_head_change() from public;

        create trigger stream_head_stays before delete or truncate on journal.stream_head
          for each statement execute function journal.refuse_head_change();
        create trigger stream_head_moves_forward before update on journal.stream_head
          for each row when (new.seq <= old.seq or new.epoch < old.epoch or new.tenant_id <> old.tenant_id or new.stream_id <> old.stream_id)
          execute function journal.refuse_head_change();

        grant select, insert on journal.stream_head to voxeltron_worker;
        grant update (seq, epoch, chain) on journal.stream_head to voxeltron_worker;
        grant select on journal.stream_head to voxeltron_api, voxeltron_sre, voxeltron_auditor;
        """);

    public override void Down()
    {
        RefuseIfRows("journal.stream_head");
        Execute.Sql("drop table journal.stream_head; drop function journal.refuse_head_change();");
    }
}
