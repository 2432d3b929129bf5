using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>
/// A model of reloads beside the fabric's own: two pointers for each declared module and a list of what was asked for. Every request is
/// answered once, in turn, every cell runs the version the model says, no task loses an attempt to a reload that fails, and the rows people
/// read are the model's.
/// </summary>
internal sealed class ReloadInvariants
{
    private readonly Dictionary<string, (string Current, string? Previous)> _versions = Declared.ToDictionary(static module => module, static module => (module, (string?)null));
    private readonly SortedDictionary<long, (string Declared, string? To)> _asked = [];
    private readonly Dictionary<string, ReloadAnswer> _answers = [];
    private readonly Dictionary<string, (string Cell, string Module)> _live = new(StringComparer.Ordinal);
    private Reload? _reload;
    private bool _hasEnded;

    private static IEnumerable<string> Declared => SimModules.Followers.Take(2).Select(static module => module.Value);

    public static void Assert(SimWorld world, SimMission mission, IReadOnlyList<Entry> entries)
    {
        var model = new ReloadInvariants();
        foreach (var entry in entries)
        {
            model.Take(entry, $"{world.Describe()}: {entry.Header.Kind} at {entry.Header.Seq}");
        }

        Xunit.Assert.True(model._reload is null && model._asked.Count == 0, $"{world.Describe()}: {model._asked.Count} reloads were never answered, one goes on: {model._reload is not null}");
        var rows = world.Database.MissionModules.Where(pair => pair.Key.Mission == mission.Stream.Stream.AsMission()).ToDictionary(static pair => pair.Key.Declared.Value, static pair => pair.Value);
        Xunit.Assert.Equal(
            model._versions.Select(pair => (pair.Key, pair.Value.Current, pair.Value.Previous, "ended", model._answers.GetValueOrDefault(pair.Key))).OrderBy(static row => row.Key),
            rows.Select(static pair => (pair.Key, pair.Value.Current.Value, pair.Value.Previous?.Value, pair.Value.Status, pair.Value.Answered)).OrderBy(static row => row.Key));
    }

    private void Take(Entry entry, string where)
    {
        switch (entry.Header.Kind)
        {
            case EntryKinds.EpochBegan:
                _live.Clear();
                break;
            case EntryKinds.MissionCompleted:
                _hasEnded = true;
                break;
            case EntryKinds.ModuleReloadRequested:
                _asked.Add(entry.Header.Seq, (Text(entry, "declared"), Text(entry, "to")));
                break;
            case EntryKinds.ModuleRollbackRequested:
                _asked.Add(entry.Header.Seq, (Text(entry, "declared"), null));
                break;
            case EntryKinds.IntentRefused when _asked.Remove(Number(entry, "intent_seq"), out var refused):
                Refused(entry, refused.Declared, refused.To, where);
                break;
            case EntryKinds.ModuleReloadBegan:
                Began(entry, where);
                break;
            case EntryKinds.ModuleReloadFailed:
                Xunit.Assert.True(_reload is { Failed: null }, where);
                _reload!.Failed = Text(entry, "code");
                break;
            case EntryKinds.ModuleReloaded or EntryKinds.ModuleRestored:
                Ended(entry, where);
                break;
            case EntryKinds.CellBooted:
                Booted(entry, where);
                break;
            case EntryKinds.CellBootFailed when entry.Body.ToString().Contains("\"reload\":true", StringComparison.Ordinal):
                Xunit.Assert.True(_reload is not null && _live.ContainsKey(Text(entry, "task")), where);
                if (_reload!.Failed is not null)
                {
                    _live.Remove(Text(entry, "task"));
                }

                break;
            case EntryKinds.Action:
                Xunit.Assert.True(_live[Text(entry, "task")].Cell == Text(entry, "cell"), $"{where}: by a cell that was replaced");
                if (Text(entry, "outcome") != "waiting")
                {
                    _live.Remove(Text(entry, "task"));
                }

                break;
            case EntryKinds.ActionAborted or EntryKinds.TaskFailed:
                _live.Remove(Text(entry, "task"));
                break;
        }
    }

    private void Refused(Entry entry, string declared, string? to, string where)
    {
        var code = Text(entry, "code");
        var expected = "module_not_running";
        if (_versions.TryGetValue(declared, out var version))
        {
            to ??= version.Previous;
            expected = to is null ? "nothing_to_roll_back" : to == version.Current ? "module_unchanged" : "unknown_module";
        }

        Xunit.Assert.True(code == expected || code is "mission_finished" or "reloads_waiting", $"{where}: refused as {code}, not as {expected}");
        Xunit.Assert.True(code is not "unknown_module" || !SimModules.Followers.Contains(new ModuleDigest(to!)), where);
        // What is refused as it comes says so in its own commit; nobody looks for it in a row.
        if (!_hasEnded && code != "reloads_waiting")
        {
            Answer(declared, new ReloadAnswer(Number(entry, "intent_seq"), "refused", code));
        }
    }

    private void Began(Entry entry, string where)
    {
        var seq = Number(entry, "requested_seq");
        Xunit.Assert.True(_asked.Remove(seq, out var request) && _asked.Keys.All(later => later > seq), $"{where}: out of turn");
        var (current, previous) = _versions[request.Declared];
        Xunit.Assert.Equal((request.Declared, current, request.To ?? previous), (Text(entry, "declared"), Text(entry, "from"), Text(entry, "to")));
        Xunit.Assert.Equal(_live.Keys.Count(task => DeclaredBy(task) == request.Declared), Number(entry, "cells"));
        _reload = new Reload(seq, request.Declared, current, Text(entry, "to"));
    }

    private void Ended(Entry entry, string where)
    {
        var reload = _reload ?? throw new Xunit.Sdk.XunitException(where);
        Xunit.Assert.True((reload.Failed is not null) == (entry.Header.Kind == EntryKinds.ModuleRestored), where);
        Xunit.Assert.Equal((reload.Seq, reload.Declared, reload.From, reload.To), (Number(entry, "requested_seq"), Text(entry, "declared"), Text(entry, "from"), Text(entry, "to")));
        _versions[reload.Declared] = reload.Failed is not null ? _versions[reload.Declared] : (reload.To, reload.From);
        Xunit.Assert.True(_live.All(pair => DeclaredBy(pair.Key) != reload.Declared || pair.Value.Module == _versions[reload.Declared].Current), $"{where}: {string.Join(' ', _live)}");
        Answer(reload.Declared, new ReloadAnswer(reload.Seq, reload.Failed is null ? "reloaded" : "restored", reload.Failed));
        _reload = null;
    }

    private void Booted(Entry entry, string where)
    {
        var task = Text(entry, "task");
        var isSwap = Text(entry, "reason") == "reload";
        Xunit.Assert.True(!isSwap || _reload?.Declared == DeclaredBy(task), $"{where}: of no reload");
        var module = isSwap ? _reload!.Target : _versions[DeclaredBy(task)].Current;
        Xunit.Assert.True(Text(entry, "module") == module, $"{where}: of {Text(entry, "module")}, not of {module}");
        Xunit.Assert.True(_live.ContainsKey(task) == isSwap && (!isSwap || _live[task].Module != module), $"{where}: {(isSwap ? "replaces nothing" : "beside another")}");
        _live[task] = (Text(entry, "cell"), module);
    }

    private void Answer(string declared, ReloadAnswer answer)
    {
        if (_versions.ContainsKey(declared))
        {
            _answers[declared] = answer;
        }
    }

    private static string DeclaredBy(string task) => SimModules.Followers[task.StartsWith("part/", StringComparison.Ordinal) ? 0 : 1].Value;

    private static string Text(Entry entry, string name) => CellWorker.IntentFields.Text(entry, name);

    private static long Number(Entry entry, string name)
    {
        using var body = JsonDocument.Parse(entry.Body.Utf8);
        return body.RootElement.GetProperty(name).GetInt64();
    }

    private sealed record Reload(long Seq, string Declared, string From, string To)
    {
        public string? Failed { get; set; }

        public string Target => Failed is null ? To : From;
    }
}
