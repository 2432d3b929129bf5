using System.Runtime.CompilerServices;
using Voxeltron.Cosmictron;
using Voxeltron.Ninmu;

namespace Voxeltron.Execution;

/// <summary>The spec's views, bound to its tables. Ninmu checks the words, Cosmictron what the SQL says.</summary>
public static class SpecViews
{
    /// <summary>A view's SQL is none, or none that views can do; the reason has line and column.</summary>
    public const string Refused = "view_refused";

    // As its tables: missions of one spec share them.
    private static readonly ConditionalWeakTable<MissionSpec, Bound> s_of = [];

    public static IReadOnlyList<BoundView> Of(MissionSpec spec) => s_of.GetValue(spec, Bind).Views;

    /// <summary>What is wrong with the views, by path; none are left to begin a mission with then.</summary>
    public static IReadOnlyList<SpecError> Errors(MissionSpec spec) => s_of.GetValue(spec, Bind).Errors;

    private static Bound Bind(MissionSpec spec)
    {
        var views = new List<BoundView>();
        var errors = new List<SpecError>();
        for (var i = 0; i < spec.Views.Count; i++)
        {
            var view = spec.Views[i];
            try
            {
                var bound = BoundView.Bind(view.Name, view.Sql, view.Published, SpecTables.Of(spec));
                views.Add(bound);
                if (bound.RefusalWhenEmpty(SpecTables.Of(spec)) is { } refusal)
                {
                    errors.Add(new SpecError($"views[{i}].sql", Refused, $"It has no value while its tables are empty: {refusal.Message}"));
                }
            }
            catch (ViewSqlException refused)
            {
                errors.Add(new SpecError($"views[{i}].sql", Refused, refused.Message));
            }
        }

        return new Bound(views, errors);
    }

    private sealed record Bound(IReadOnlyList<BoundView> Views, IReadOnlyList<SpecError> Errors);
}
