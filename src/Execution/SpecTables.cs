using System.Runtime.CompilerServices;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;

namespace Voxeltron.Execution;

/// <summary>The spec's table declarations as Cosmictron's schemas. Ninmu checks the words, Cosmictron the rules of a table.</summary>
public static class SpecTables
{
    // Missions of one spec share its schemas as they share the spec; both go when the last of them does.
    private static readonly ConditionalWeakTable<MissionSpec, IReadOnlyList<TableSchema>> s_of = [];

    public static IReadOnlyList<TableSchema> Of(MissionSpec spec) => s_of.GetValue(spec, ToSchemas);

    private static IReadOnlyList<TableSchema> ToSchemas(MissionSpec spec)
    {
        var schemas = new List<TableSchema>();
        foreach (var table in spec.Tables)
        {
            var columns = new List<Column>();
            foreach (var column in table.Columns)
            {
                columns.Add(ColumnTypes.TryParse(column.Type, out var type)
                    ? new Column(column.Name, type, column.Nullable, column.Precision, column.Scale)
                    : throw new VoxeltronException("spec_invalid", $"Table '{table.Name}' column '{column.Name}' has no type '{column.Type}'."));
            }

            var schema = new TableSchema(table.Name, columns, table.Key, table.Scope == "cell" ? TableScope.Cell : TableScope.Mission)
            {
                Indexes = [.. table.Indexes.Select(static i => new TableIndex(i.Name, i.Columns, i.Unique))],
            };
            schema.Validate();
            schemas.Add(schema);
        }

        return schemas;
    }
}
