using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Folds the projections of several groups into one: a task, the mission, a module, an incident and a dimension of the budget are written once per commit, in their latest state.</summary>
internal static class ProjectionMerge
{
    public static StreamProjection Merge(List<EntryGroup> groups)
    {
        if (groups.Count == 1)
        {
            return groups[0].Projection;
        }

        var consumed = new List<ConsumedIntent>();
        var tasks = new Dictionary<string, TaskRow>(StringComparer.Ordinal);
        var modules = new Dictionary<ModuleDigest, ModuleRow>();
        var versions = new Dictionary<ModuleDigest, MissionModuleRow>();
        Dictionary<long, IncidentRow>? incidents = null;
        Dictionary<string, BudgetRow>? budget = null;
        SortedDictionary<long, GateRow>? gates = null;
        SortedDictionary<long, ApproverRow>? approvers = null;
        List<ViewProjection>? views = null;
        List<ViewDelta>? deltas = null;
        MissionRow? mission = null;
        ModelCatalogRow? catalog = null;
        AirGapRow? gap = null;
        var finished = false;
        foreach (var group in groups)
        {
            consumed.AddRange(group.Projection.Consumed);
            foreach (var task in group.Projection.Tasks)
            {
                tasks[task.TaskKey] = task;
            }

            foreach (var module in group.Projection.Modules)
            {
                modules[module.Digest] = module;
            }

            foreach (var version in group.Projection.MissionModules)
            {
                versions[version.Declared] = version.Over(versions.GetValueOrDefault(version.Declared));
            }

            foreach (var incident in group.Projection.Incidents)
            {
                (incidents ??= [])[incident.OpenedSeq] = incident;
            }

            foreach (var dimension in group.Projection.Budget)
            {
                (budget ??= [])[dimension.Dimension] = dimension;
            }

            foreach (var gate in group.Projection.Gates)
            {
                (gates ??= [])[gate.OpenedSeq] = gate;
            }

            foreach (var approver in group.Projection.Approvers)
            {
                (approvers ??= [])[approver.EnrolledSeq] = approver;
            }

            foreach (var view in group.Projection.Views)
            {
                // It says all there is to say of that view up to its seq.
                views?.RemoveAll(older => older.View == view.View);
                deltas?.RemoveAll(older => older.View == view.View);
                (views ??= []).Add(view);
            }

            (deltas ??= []).AddRange(group.Projection.ViewDeltas);
            mission = group.Projection.Mission ?? mission;
            catalog = group.Projection.ModelCatalog ?? catalog;
            gap = group.Projection.AirGap ?? gap;
            finished |= group.Projection.Finished;
        }

        return new StreamProjection(consumed, mission, [.. tasks.Values], [.. modules.Values], finished) 
        {
            MissionModules = [.. versions.Values],
            Incidents = incidents is null ? [] : [.. incidents.Values],
            Budget = budget is null ? [] : [.. budget.Values],
            Gates = gates is null ? [] : [.. gates.Values],
            Approvers = approvers is null ? [] : [.. approvers.Values],
            Views = views ?? [],
            ViewDeltas = deltas ?? [],
            ModelCatalog = catalog,
            AirGap = gap,
        };
    }
}
