using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(12, "The Merkle log over commits")]
public sealed class M0012MerkleLog : Step
{
    public override void Up() => Execute.Sql("""
        create table journal.leaf (
          leaf_index bigint not null,
          host_id uuid not null,
          commit_number bigint not null,
          leaf bytea not null,
          constraint leaf_pkey primary key (leaf_index),
          constraint leaf_commit_key unique (host_id, commit_number),
          constraint leaf_commit_fkey foreign key (host_id, commit_number) references journal.commit (host_id, number),
          constraint leaf_index_not_negative check (leaf_index >= 0),
          constraint leaf_length check (octet_length(leaf) = 32)
        );
        comment on table journal.leaf is 'Every commit''s place in one tree over the whole fabric, numbered by the elected integrator after the fact.';
        comment on column journal.leaf.leaf is 'RFC 6962 leaf hash over the commit''s statement and signature.';

        create table journal.checkpoint (
          tree_size bigint not null,
          root bytea not null,
          note text not null,
          constraint checkpoint_pkey primary key (tree_size),
          constraint checkpoint_tree_size_positive check (tree_size >= 1),
          constraint checkpoint_root_length check (octet_length(root) = 32)
        );
        comment on table journal.checkpoint is 'Signed heads of that tree. Only a copy held outside shows that the tail was not cut together with these rows.';
        comment on column journal.checkpoint.note is 'C2SP signed note: origin, size, root, signature.';

        grant select, insert on journal.leaf, journal.checkpoint to voxeltron_worker;
        grant select on journal.leaf, journal.checkpoint to voxeltron_api, voxeltron_sre, voxeltron_auditor;
        """);

    public override void Down()
    {
        RefuseIfRows("journal.leaf", "journal.checkpoint");
        Execute.Sql("drop table journal.checkpoint; drop table journal.leaf;");
    }
}
