using System.Reflection;
using FluentMigrator;

namespace Voxeltron.Migrations;

/// <summary>
/// One numbered change of the schema, one subject each. The SQL stands in the step as it was on the day it was written;
/// views and functions stand in <c>sql/</c>, one object a file, because later steps replace them whole.
/// </summary>
/// <remarks>Roles exist before the first step (set-up makes them, with their passwords); a step only grants.</remarks>
public abstract class Step : Migration
{
    /// <summary>Runs an embedded file of <c>sql/</c>, named from there with dots: <c>views.audit_act.sql</c>.</summary>
    protected void Script(string name)
    {
        var assembly = typeof(Step).Assembly;
        var resource = "Voxeltron.Migrations.sql." + name;
        using var stream = assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The migration names {resource}, which is not embedded in {assembly.GetName().Name}.");
        using var reader = new StreamReader(stream);
        Execute.Sql(reader.ReadToEnd());
    }

    /// <summary>A step back is allowed only while it loses nothing an auditor may ask for.</summary>
    protected void RefuseIfRows(params string[] tables)
    {
        foreach (var table in tables)
        {
            Execute.Sql($"""
                do $$
                begin
                  if exists (select 1 from {table}) then
                    raise exception 'step {StepNumber} is not taken back: {table} holds rows, and dropping it would destroy evidence'
                      using errcode = 'object_not_in_prerequisite_state',
                            hint = 'Restore an older backup into another database instead, or export the log first.';
                  end if;
                end
                $$;
                """);
        }
    }

    private long StepNumber => GetType().GetCustomAttribute<MigrationAttribute>()!.Version;
}
