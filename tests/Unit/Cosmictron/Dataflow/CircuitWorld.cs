using System.Text;
using Voxeltron.Cosmictron;
using Xunit;

namespace Voxeltron.Tests.Unit.Cosmictron.Dataflow;

/// <summary>A store, the same tables as plain rows, and what checks of a circuit over them share.</summary>
internal sealed class CircuitWorld
{
    private readonly Dictionary<string, SortedDictionary<string, object?[]>> _rows = [];

    public CircuitWorld(IReadOnlyList<TableSchema> schemas)
    {
        Store = new MissionStore(schemas, new StoreLimits());
        foreach (var table in Store.Tables)
        {
            _rows.Add(table.Schema.Name, new SortedDictionary<string, object?[]>(StringComparer.Ordinal));
        }
    }

    public MissionStore Store { get; }

    public NaiveViews Naive => new(table => _rows[table].Values);

    public Circuit NewCircuit(IReadOnlyList<(string, Plan)> views, long bytes = long.MaxValue, int batchBytes = int.MaxValue) =>
        new(Store.Tables, views, new CircuitLimits(bytes, batchBytes));

    /// <summary>Writes rows; a null row deletes.</summary>
    /// <returns>How to write back what was there.</returns>
    public List<(TableSchema Table, object?[] Key, object?[]? Row)> Write(IEnumerable<(TableSchema Table, object?[] Key, object?[]? Row)> writes)
    {
        var back = new List<(TableSchema, object?[], object?[]?)>();
        var transaction = Store.Begin();
        foreach (var (table, key, row) in writes)
        {
            var name = Encoding.UTF8.GetBytes(table.Name);
            var rows = _rows[table.Name];
            var text = ModelRow.Text(key);
            back.Insert(0, (table, key, rows.GetValueOrDefault(text)));
            if (row is null)
            {
                transaction.Delete(name, RandomRows.Tuple(key));
                rows.Remove(text);
            }
            else
            {
                Assert.Equal(StateStatus.Ok, transaction.Put(name, RandomRows.Tuple(row)));
                rows[text] = row;
            }
        }

        transaction.Commit();
        return back;
    }

    /// <summary>All that a circuit is made of between steps.</summary>
    public static string Contents(Circuit circuit)
    {
        var text = new StringBuilder().Append(circuit.Bytes).Append('\n');
        foreach (var trace in circuit.Traces)
        {
            var rows = new Batch();
            trace.CopyTo(rows);
            text.Append(trace.Count).Append(' ').Append(trace.Bytes).Append('\n');
            for (var i = 0; i < rows.Count; i++)
            {
                text.Append(Convert.ToHexString(rows.Row(i))).Append(' ').Append(rows.Weight(i)).Append('\n');
            }
        }

        return text.ToString();
    }

    public static SortedDictionary<string, long> Sum(IEnumerable<(string Row, long Weight)> rows)
    {
        var sum = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (row, weight) in rows)
        {
            sum[row] = sum.GetValueOrDefault(row) + weight;
            if (sum[row] == 0)
            {
                sum.Remove(row);
            }
        }

        return sum;
    }

    public static SortedDictionary<string, long> RowsOf(ViewOutput view)
    {
        var rows = new List<(string, long)>();
        object?[]? last = null;
        var position = view.Rows.Seek([]);
        while (view.Rows.TryRead(ref position, [], out var row, out var weight))
        {
            var decoded = ModelRow.Decode(view.Plan.Columns, row);
            Assert.True(last is null || !view.Plan.Columns.All(static c => c.Type.IsComparable) || new ValueOrder().Compare(last, decoded) < 0, "A view's rows are not in the order of their values.");
            last = decoded;
            rows.Add((ModelRow.Text(decoded), weight));
        }

        Assert.Equal(view.Rows.Count, rows.Count);
        return Sum(rows);
    }

    public static SortedDictionary<string, long> DeltaOf(ViewOutput view)
    {
        var rows = new List<(string, long)>();
        for (var i = 0; i < view.Delta.Count; i++)
        {
            Assert.True(i == 0 || view.Delta.Row(i - 1).SequenceCompareTo(view.Delta.Row(i)) < 0, "A delta is not sorted, or has a row twice.");
            Assert.NotEqual(0, view.Delta.Weight(i));
            rows.Add((ModelRow.Text(ModelRow.Decode(view.Plan.Columns, view.Delta.Row(i))), view.Delta.Weight(i)));
        }

        return Sum(rows);
    }
}
