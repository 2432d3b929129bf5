using System.Text;
using System.Text.Json;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>A mission's views as rows of <c>control</c>: each as it was declared, and what entries changed of the published ones.</summary>
internal sealed class ViewProjector(StreamRef stream, MissionState state)
{
    private readonly Dictionary<string, ViewProjection> _built = new(StringComparer.Ordinal);
    private List<ViewDelta> _deltas = [];

    /// <summary>The view is new, or has other SQL; its rows are those of now.</summary>
    /// <param name="seq">The entry that declared it.</param>
    /// <returns>Bytes of the rows that will be written.</returns>
    public long Built(string name, long seq)
    {
        Take();
        var view = state.Store.Views.Find(name)!;
        _deltas.RemoveAll(delta => delta.View == name);
        var rows = view.IsPublished ? state.Store.Views.Rows(name) : [];
        _built[name] = new ViewProjection(stream.Tenant, state.Mission, name, view.Sql, view.IsPublished, Columns(view), view.Explain(), seq, rows);
        return rows.Sum(static row => (long)row.Key.Length + row.Json.Length);
    }

    public StreamProjection AddTo(StreamProjection projection)
    {
        Take();
        if (_built.Count == 0 && _deltas.Count == 0)
        {
            return projection;
        }

        projection = projection with { Views = [.. _built.Values], ViewDeltas = _deltas };
        _built.Clear();
        _deltas = [];
        return projection;
    }

    private void Take()
    {
        foreach (var change in state.Store.Views.DrainPublished())
        {
            _deltas.Add(new ViewDelta(stream.Tenant, state.Mission, change.View, change.Seq, change.Rows));
        }
    }

    private static string Columns(BoundView view)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartArray();
            foreach (var column in view.Columns)
            {
                json.WriteStartObject();
                json.WriteString("name", column.Name);
                json.WriteString("type", column.Type.Word());
                json.WriteBoolean("nullable", column.Nullable);
                if (column.Type == ColumnType.Decimal)
                {
                    json.WriteNumber("scale", column.Scale);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
