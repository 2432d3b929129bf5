using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

/// <summary>
/// What a view shows now is its folded rows and all its changes since, summed by key. A commit only appends changes: updating rows
/// in place would cost it an index search and a dead row for each, and followers of the view could not go on where they stopped.
/// </summary>
[Migration(25, "Published views")]
public sealed class M0025Views : Step
{
    // No evidence: what is here follows from the log, and the next owner of the mission can make it again.
    public override void Up()
    {
        Execute.Sql("""
            create table control.view (
              tenant_id text collate "C" not null,
              mission_id uuid not null,
              view text collate "C" not null,
              sql text not null,
              published boolean not null,
              columns jsonb not null,
              plan text not null,
              built_seq bigint not null,
              base_seq bigint not null,
              time_modified timestamptz not null default now(),
              constraint view_pkey primary key (tenant_id, mission_id, view),
              constraint view_name_length check (octet_length(view) between 1 and 63),
              constraint view_columns_are_a_list check (jsonb_typeof(columns) = 'array'),
              constraint view_built_seq_positive check (built_seq >= 1),
              constraint view_base_not_before_built check (base_seq >= built_seq)
            );
            comment on column control.view.plan is 'How the owner computes it: one operator a line, the last one first, its inputs indented below it.';
            comment on table control.view is 'Views that missions declare, published or not. A published one''s rows now: control.view_row and all of control.view_delta, summed by row_key, in one snapshot of the database; they are as of greatest(base_seq, the last delta''s seq).';
            comment on column control.view.sql is 'As declared. It may hold what a payload holds: whoever erases the entry that declared it erases it here too.';
            comment on column control.view.columns is 'List of {"name", "type", "nullable"}, of a decimal also "scale".';
            comment on column control.view.built_seq is 'The entry that declared it: everything kept of it is from there on.';
            comment on column control.view.base_seq is 'The entry control.view_row is as of. A follower that has seen less can not go on: the changes up to here are no longer told apart.';
            comment on column control.view.time_modified is 'When it was declared; folding does not count.';

            create table control.view_row (
              tenant_id text collate "C" not null,
              mission_id uuid not null,
              view text collate "C" not null,
              row_key bytea not null,
              row_value jsonb not null,
              weight bigint not null,
              constraint view_row_weight_not_zero check (weight <> 0)
            ) with (autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
            comment on table control.view_row is 'Rows of published views as of control.view.base_seq. Changes since are in control.view_delta. Rows of tables: whoever erases payloads deletes the mission''s rows here too.';
            comment on column control.view_row.row_key is 'The row''s bytes in the order of its columns: equal rows have equal keys, and the order of keys is the order of rows. Up to 512 KiB.';
            comment on column control.view_row.weight is 'How often the row is there.';
            create unique index view_row_key on control.view_row (tenant_id, mission_id, view, sha256(row_key));
            comment on index control.view_row_key is 'Each row of a view once; over the digest, because a key may be longer than an index takes.';

            -- Written for every change of every published view: no index but the key, and nothing is looked up.
            create table control.view_delta (
              tenant_id text collate "C" not null,
              mission_id uuid not null,
              view text collate "C" not null,
              seq bigint not null,
              ordinal integer not null,
              row_key bytea not null,
              row_value jsonb not null,
              weight bigint not null,
              time_created timestamptz not null default now(),
              constraint view_delta_pkey primary key (tenant_id, mission_id, view, seq, ordinal),
              constraint view_delta_weight_not_zero check (weight <> 0)
            ) with (autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
            comment on table control.view_delta is 'What each entry changed of each published view, written in the entry''s commit; folded into control.view_row when it is old. Rows of tables: whoever erases payloads deletes the mission''s rows here too.';
            comment on column control.view_delta.seq is 'The entry that made the change.';
            comment on column control.view_delta.ordinal is 'Place in the change, from 0, without a gap: by row_key.';
            comment on column control.view_delta.weight is 'How many more of the row there are; negative: fewer.';
            comment on column control.view_delta.time_created is 'The database''s clock, at the beginning of the commit. Folding goes by it.';

            grant select, insert, update on control.view to voxeltron_worker;
            grant select, insert, delete on control.view_row, control.view_delta to voxeltron_worker;
            grant select on control.view, control.view_row, control.view_delta to voxeltron_api, voxeltron_auditor;
            -- What the tables hold of tenants' data is not for the SRE; how much there is, and how old, is.
            grant select (tenant_id, mission_id, view, published, built_seq, base_seq, time_modified) on control.view to voxeltron_sre;
            grant select (tenant_id, mission_id, view, weight) on control.view_row to voxeltron_sre;
            grant select (tenant_id, mission_id, view, seq, ordinal, weight, time_created) on control.view_delta to voxeltron_sre;
            """);
        Script("functions.control_fold_view_deltas.sql");
        Execute.Sql("""
            revoke all on function control.fold_view_deltas(interval) from public;
            grant execute on function control.fold_view_deltas(interval) to voxeltron_api;
            """);
    }

    public override void Down() => Execute.Sql("""
        drop function control.fold_view_deltas(interval);
        drop table control.view_delta;
        drop table control.view_row;
        drop table control.view;
        """);
}
