using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;

namespace Voxeltron.Execution;

/// <summary>The spec's table declarations as Cosmictron's schemas. Ninmu checks the words, Cosmictron the rules of a table.</summary>
public static class SpecTables
{
    public static IReadOnlyList<TableSchema> ToSchemas(MissionSpec spec)
    {
        var schemas = new List<TableSchema>();
        foreach (var table in spec.Tables)
        {
            var columns = new List<Column>();
            foreach (var column in table.Columns)
            {
                columns.Add(ColumnTypes.TryParse(column.Type, out var type)
                    ? new Column(column.Name, type, column.Nullable)
                    : throw new VoxeltronException("spec_invalid", $"Table '{table.Name}' column '{column.Name}' has no type '{column.Type}'."));
            }

            var schema = new TableSchema(table.Name, columns, table.Key, TableScope.Mission);
            schema.Validate();
            schemas.Add(schema);
        }

        return schemas;
    }
}
