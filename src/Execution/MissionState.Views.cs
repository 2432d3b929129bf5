using System.Text.Json;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

// Views that get other SQL while the mission runs.
public sealed partial class MissionState
{
    // Views that people declared and the owner has not answered yet, by the intent's seq.
    private readonly Dictionary<long, DeclaredView> _declared = [];

    /// <summary>A view that people declared while the mission runs, kept until the owner answers.</summary>
    public void Declare(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        _declared[entry.Header.Seq] = new DeclaredView(
            Text(body, "view"), entry.Payload is null ? null : System.Text.Encoding.UTF8.GetString(entry.Payload), body.GetProperty("published").GetBoolean());
    }

    /// <summary>The SQL of a view that was declared, and not answered yet, was erased.</summary>
    public bool IsErased(long declaredSeq) => _declared.TryGetValue(declaredSeq, out var view) && view.Sql is null;

    /// <summary>Gives a view the SQL of an intent, from the rows there are.</summary>
    /// <returns>Why not. The intent is answered either way.</returns>
    public ViewRefusal? BuildView(long declaredSeq)
    {
        if (!_declared.Remove(declaredSeq, out var view))
        {
            throw new InvariantException($"No view was declared at seq {declaredSeq}.");
        }

        if (view.Sql is null)
        {
            throw new PayloadErasedException($"The SQL of view '{view.Name}' was erased: what follows it is unknown from seq {declaredSeq} on.");
        }

        try
        {
            return Store.Views.Build(BoundView.Bind(view.Name, view.Sql, view.Published, Tables));
        }
        catch (ViewSqlException refused)
        {
            return new ViewRefusal(SpecViews.Refused, view.Name, refused.Message);
        }
    }

    /// <summary>What was not told yet stands in the snapshot; what comes is told from here on.</summary>
    private void FollowViews()
    {
        if (Store.Views.Cursors.Count > 0)
        {
            Store.Views.Load();
        }
    }

    /// <param name="Sql">Null: erased.</param>
    private sealed record DeclaredView(string Name, string? Sql, bool Published);
}
