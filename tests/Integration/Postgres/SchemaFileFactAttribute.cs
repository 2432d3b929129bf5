using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>A test that needs the pg_dump release that wrote schema.sql; with another it is skipped by name.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SchemaFileFactAttribute : FactAttribute
{
    public SchemaFileFactAttribute()
    {
        var rewriting = Environment.GetEnvironmentVariable("VOXELTRON_WRITE_SCHEMA") == "1";
        if (!rewriting && !SchemaFile.WasWrittenByThisPgDumpAsync().GetAwaiter().GetResult())
        {
            Skip = "schema.sql was written by another release of pg_dump";
        }
    }
}
