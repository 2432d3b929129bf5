using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

/// <summary>An intent may be signed with others: 64 bytes of signature, then its place in the group (Ultra's IntentSignature).</summary>
[Migration(17, "Signatures over groups of intents")]
public sealed class M0017GroupSignatures : Step
{
    public override void Up() => Execute.Sql("""
        alter table control.inbox drop constraint inbox_signature_length,
          add constraint inbox_signature_length check (octet_length(signature) between 64 and 456);
        alter table journal.seal drop constraint seal_signature_length,
          add constraint seal_signature_length check (octet_length(signature) = 64 or (role = 'actor' and octet_length(signature) between 64 and 456));
        """);

    // Fails where a group was signed already: such a row cannot be made to fit.
    public override void Down() => Execute.Sql("""
        alter table journal.seal drop constraint seal_signature_length,
          add constraint seal_signature_length check (octet_length(signature) = 64);
        alter table control.inbox drop constraint inbox_signature_length,
          add constraint inbox_signature_length check (octet_length(signature) = 64);
        """);
}
