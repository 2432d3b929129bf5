using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>
/// A model of reloads beside the fabric's own: two pointers and a list of what was asked for. Every request is answered once, every cell
/// runs the version the model says, and no task loses an attempt to a reload that fails.
/// </summary>
internal static class ReloadInvariants
{
    /// <summary>The version that ran last, as far as the log goes.</summary>
    public static ModuleDigest Current(IReadOnlyList<Entry> entries) =>
        entries.LastOrDefault(static entry => entry.Header.Kind == EntryKinds.ModuleReloaded) is { } last ? new ModuleDigest(Text(last, "to")) : SimModules.Follow;

    public static void Assert(SimWorld world, IReadOnlyList<Entry> entries)
    {
        var (current, previous) = (SimModules.Follow.Value, (string?)null);
        var asked = new SortedDictionary<long, (string From, string? To)>();
        Reload? reload = null;
        var live = new Dictionary<string, (string Cell, string Module)>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var where = $"{world.Describe()}: {entry.Header.Kind} at {entry.Header.Seq}";
            switch (entry.Header.Kind)
            {
                case EntryKinds.EpochBegan:
                    live.Clear();
                    break;
                case EntryKinds.ModuleReloadRequested:
                    asked.Add(entry.Header.Seq, (Text(entry, "from"), Text(entry, "to")));
                    break;
                case EntryKinds.ModuleRollbackRequested:
                    asked.Add(entry.Header.Seq, (Text(entry, "from"), null));
                    break;
                case EntryKinds.IntentRefused when asked.Remove(Number(entry, "intent_seq"), out var refused):
                    var to = refused.To ?? previous;
                    var expected = refused.From != current ? "module_not_running" : to is null ? "nothing_to_roll_back" : to == current ? "module_unchanged" : "unknown_module";
                    var code = Text(entry, "code");
                    Xunit.Assert.True(code == expected || code is "mission_finished" or "reloads_waiting", $"{where}: refused as {code}, not as {expected}");
                    Xunit.Assert.True(code is not "unknown_module" || !SimModules.Followers.Contains(new ModuleDigest(to!)), where);
                    break;
                case EntryKinds.ModuleReloadBegan:
                    Xunit.Assert.True(asked.Remove(Number(entry, "requested_seq"), out var request) && asked.Keys.All(seq => seq > Number(entry, "requested_seq")), $"{where}: out of turn");
                    Xunit.Assert.Equal((current, request.To ?? previous), (Text(entry, "from"), Text(entry, "to")));
                    Xunit.Assert.Equal(live.Count, Number(entry, "cells"));
                    reload = new Reload(Number(entry, "requested_seq"), current, Text(entry, "to"), live.Count);
                    break;
                case EntryKinds.ModuleReloadFailed:
                    Xunit.Assert.True(reload is { Failed: false }, where);
                    reload!.Failed = true;
                    break;
                case EntryKinds.ModuleReloaded or EntryKinds.ModuleRestored:
                    Xunit.Assert.True(reload is not null && reload.Failed == (entry.Header.Kind == EntryKinds.ModuleRestored), where);
                    Xunit.Assert.Equal((reload!.Seq, reload.From, reload.To), (Number(entry, "requested_seq"), Text(entry, "from"), Text(entry, "to")));
                    (current, previous) = reload.Failed ? (current, previous) : (reload.To, reload.From);
                    Xunit.Assert.True(live.Values.All(cell => cell.Module == current), $"{where}: {string.Join(' ', live)}");
                    reload = null;
                    break;
                case EntryKinds.CellBooted:
                    var isSwap = Text(entry, "reason") == "reload";
                    var module = isSwap ? (reload ?? throw new Xunit.Sdk.XunitException(where)).Target : current;
                    Xunit.Assert.True(Text(entry, "module") == module, $"{where}: of {Text(entry, "module")}, not of {module}");
                    Xunit.Assert.True(live.ContainsKey(Text(entry, "task")) == isSwap && (!isSwap || live[Text(entry, "task")].Module != module), $"{where}: {(isSwap ? "replaces nothing" : "beside another")}");
                    live[Text(entry, "task")] = (Text(entry, "cell"), module);
                    break;
                case EntryKinds.CellBootFailed when entry.Body.ToString().Contains("\"reload\":true", StringComparison.Ordinal):
                    Xunit.Assert.True(reload is not null && live.ContainsKey(Text(entry, "task")), where);
                    if (reload!.Failed)
                    {
                        live.Remove(Text(entry, "task"));
                    }

                    break;
                case EntryKinds.Action:
                    Xunit.Assert.True(live[Text(entry, "task")].Cell == Text(entry, "cell"), $"{where}: by a cell that was replaced");
                    if (Text(entry, "outcome") != "waiting")
                    {
                        live.Remove(Text(entry, "task"));
                    }

                    break;
                case EntryKinds.ActionAborted or EntryKinds.TaskFailed:
                    live.Remove(Text(entry, "task"));
                    break;
            }
        }

        Xunit.Assert.True(reload is null && asked.Count == 0, $"{world.Describe()}: {asked.Count} reloads were never answered, one goes on: {reload is not null}");
    }

    private static string Text(Entry entry, string name) => CellWorker.IntentFields.Text(entry, name);

    private static long Number(Entry entry, string name)
    {
        using var body = JsonDocument.Parse(entry.Body.Utf8);
        return body.RootElement.GetProperty(name).GetInt64();
    }

    private sealed record Reload(long Seq, string From, string To, int Cells)
    {
        public bool Failed { get; set; }

        public string Target => Failed ? From : To;
    }
}
