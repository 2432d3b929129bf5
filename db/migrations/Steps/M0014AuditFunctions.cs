using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(14, "Recomputing the log in SQL")]
public sealed class M0014AuditFunctions : Step
{
    public override void Up()
    {
        Script("functions.audit_uuid_of.sql");
        Script("functions.audit_entry_header.sql");
        Script("functions.audit_leaf_hash.sql");
        Script("functions.audit_merkle_root.sql");
        Script("functions.audit_chain_check.sql");
        Script("functions.audit_root_check.sql");
        Script("functions.audit_commit_check.sql");
        Script("functions.audit_checkpoint_check.sql");
        Script("functions.audit_lineage.sql");
        Execute.Sql("""
            revoke all on all functions in schema audit from public;
            grant execute on all functions in schema audit to voxeltron_auditor;
            -- These read whole entries, payload columns aside; the views below lean on uuid_of for everybody.
            grant execute on function audit.uuid_of(text), audit.lineage(text, uuid, bigint) to voxeltron_api, voxeltron_sre;
            """);
    }

    public override void Down() => Execute.Sql("""
        drop function audit.lineage(text, uuid, bigint);
        drop function audit.checkpoint_check(bigint);
        drop function audit.commit_check(uuid);
        drop function audit.root_check(text, uuid);
        drop function audit.chain_check(text, uuid);
        drop function audit.merkle_root(bytea[]);
        drop function audit.leaf_hash(bytea);
        drop function audit.entry_header(text, uuid, bigint, bigint, timestamptz, text, text);
        drop function audit.uuid_of(text);
        """);
}
