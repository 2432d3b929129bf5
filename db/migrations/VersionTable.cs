using FluentMigrator.Runner.VersionTableInfo;

namespace Voxeltron.Migrations;

/// <summary>Where FluentMigrator notes which steps have run: <c>control.schema_version</c>, lower case like everything else.</summary>
[VersionTableMetaData]
public sealed class VersionTable : IVersionTableMetaData
{
    public bool OwnsSchema => true;

    public string SchemaName => "control";

    public string TableName => "schema_version";

    public string ColumnName => "version";

    public string UniqueIndexName => "schema_version_version_key";

    public string AppliedOnColumnName => "time_applied";

    public string DescriptionColumnName => "description";

    public bool CreateWithPrimaryKey => false;
}
