using System.Text;
using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Tests.Unit.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;

namespace Voxeltron.Tests.Unit.Samples;

/// <summary>The sample's steps one after the other on real cells and a real store; a fresh cell for every task, as in a fabric.</summary>
public sealed class SampleMission(SampleEngine engine)
{
    private static readonly CellId Cell0 = new(Guid.Parse("00000000-0000-0000-0000-000000000001"));
    private readonly MissionStore _store = new(SampleSpec.Tables(), new StoreLimits());

    /// <summary>A mission whose schedule is loaded.</summary>
    public static SampleMission WithSchedule(SampleEngine engine)
    {
        var mission = new SampleMission(engine);
        var outcome = mission.Task("reference", null, SampleSpec.Coverage);
        return outcome.Status == ActionStatus.Completed ? mission : throw new InvalidOperationException($"reference: {outcome.Code} {outcome.Message}");
    }

    public IEnumerable<RowView> Rows(string table) => _store.Rows(table);

    public byte[] Root() => _store.Root();

    public ActionOutcome Task(string module, string? item, byte[] input)
    {
        using var cell = Cell.Boot(engine.Engine, engine.Module(module), Cell0, CellProfile.Default, new BootClock(TimeProvider.System));
        var envelope = JsonSerializer.SerializeToUtf8Bytes(new
        {
            abi = 1,
            attempt = 1,
            cell = "cell_" + new string('0', 31) + "1",
            @event = "task",
            item = item ?? "",
            mission = "mission_" + new string('0', 32),
            now_us = 1_772_000_000_000_000,
            task = item is null ? module : $"{module}/{item}",
        });
        var transaction = _store.Begin();
        var outcome = cell.Deliver(new CellEvent(CellEventKind.Task, envelope, input, 1_772_000_000_000_000, new FixedSeed(new byte[32])), transaction);
        if (outcome.Status == ActionStatus.Aborted)
        {
            transaction.Abort();
        }
        else
        {
            transaction.Commit();
        }

        return outcome;
    }

    /// <summary>approve, pend, deny, refused:CODE, or aborted:STEP:CODE.</summary>
    public string Decide(string item, byte[] request) => DecideWithReasons(item, request).Outcome;

    public (string Outcome, string Reasons) DecideWithReasons(string item, byte[] request)
    {
        var input = request;
        foreach (var step in (string[])["extract", "coverage", "policy", "decide"])
        {
            var outcome = Task(step, item, input);
            if (outcome.Status != ActionStatus.Completed)
            {
                return ($"{outcome.Status.ToString().ToLowerInvariant()}:{(outcome.Status == ActionStatus.Refused ? "" : step + ":")}{outcome.Code}", "");
            }

            input = outcome.Result;
        }

        using var decision = JsonDocument.Parse(input);
        var reasons = decision.RootElement.GetProperty("reasons").EnumerateArray().Select(r => r.GetProperty("code").GetString());
        return (decision.RootElement.GetProperty("outcome").GetString()!, string.Join(",", reasons));
    }

    /// <summary>What extract alone says: completed, or the code of the refusal or abort.</summary>
    public string Extract(string item, byte[] request)
    {
        var outcome = Task("extract", item, request);
        return outcome.Status switch
        {
            ActionStatus.Completed => "completed",
            ActionStatus.Refused => outcome.Code!,
            _ => "aborted:" + outcome.Code,
        };
    }

    public string Extract(string json) => Extract("r-1", Encoding.UTF8.GetBytes(json));
}
