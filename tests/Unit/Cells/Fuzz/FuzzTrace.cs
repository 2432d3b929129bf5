using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Everything that is replayed of a cell's events, as text: two runs of the same must give the same.</summary>
internal sealed class FuzzTrace
{
    private readonly StringBuilder _text = new();

    public string Text => _text.ToString();

    /// <summary>Wall time cut one off: nothing after that can be compared.</summary>
    public bool IsCut { get; private set; }

    public void Say(string line) => _text.Append(line).Append('\n');

    /// <summary>One event in a transaction of its own, ended as a worker would, and what no outcome may ever be.</summary>
    public ActionOutcome Deliver(Cell cell, FuzzWaits waits, in CellEvent evt)
    {
        waits.Store.Views.Load();
        var transaction = waits.Store.Begin(FuzzWaits.Task);
        var outcome = cell.Deliver(evt with { Tickets = waits.Tickets, Following = waits.Following, Egress = waits.Egress, Models = waits.Models }, transaction);
        var writes = new ArrayBufferWriter<byte>();
        if (outcome.Status == ActionStatus.Aborted)
        {
            Assert.True(cell.IsDead, "An aborted event left its cell alive.");
            transaction.Abort();
        }
        else if (transaction.TryCommit(out var set) is { } refusal)
        {
            Say($"refused by view {refusal.View}");
        }
        else
        {
            set.WriteJson(writes);
            waits.Acted(outcome);
        }

        Check(cell, outcome);
        CheckNetwork(outcome, waits.Egress);
        CheckModels(outcome, waits.Models);
        IsCut |= outcome.Code == AbortCodes.Watchdog;
        Say(string.Create(CultureInfo.InvariantCulture, $"{evt.Kind} {outcome.Status} {outcome.Code} {outcome.ReturnValue} fuel {outcome.FuelUsed} result {Hash(outcome.Result)} writes {Hash(writes.WrittenSpan)}"));
        // An abort's message is the engine's account, and no part of replay.
        Say(outcome.Status == ActionStatus.Refused ? outcome.Message! : "");
        outcome.Logs.ToList().ForEach(log => Say($"log {log.Level} {log.Text}"));
        outcome.Emits.ToList().ForEach(emit => Say($"emit {emit.Name} {Hash(emit.Value)}"));
        outcome.Timers.ToList().ForEach(timer => Say($"timer {timer}"));
        outcome.Subscribed.ToList().ForEach(begun => Say($"follows {begun.Ticket} {begun.View} {Hash(begun.Prefix)}"));
        outcome.Requests.ToList().ForEach(asked => Say($"asks {asked.Ticket} {asked.Method} {asked.Url} {asked.TimeoutMs} {asked.ResponseBytes} {asked.Redirects} {asked.Tag} {Hash(asked.Body)} {string.Join(';', asked.Headers)}"));
        outcome.ModelCalls.ToList().ForEach(asked => Say($"asks {asked.Ticket} {asked.Class} {asked.MaxTokens} {asked.Tag} {Hash(asked.Request)}"));
        outcome.Denied.ToList().ForEach(denied => Say($"denied {denied}"));
        Say("unfollows " + string.Join(',', outcome.Unsubscribed));
        return outcome;
    }

    private static void Check(Cell cell, ActionOutcome outcome)
    {
        Assert.False(outcome.Code == AbortCodes.HostError, $"The host failed: {outcome.Message}");
        Assert.InRange(outcome.FuelUsed, 0, cell.Profile.FuelPerAction);
        Assert.InRange(outcome.Result.Length, 0, CellLimits.ResultBytes);
        Assert.InRange(outcome.Logs.Count, 0, CellLimits.LogLines);
        Assert.InRange(outcome.Emits.Count, 0, CellLimits.EmitCount);
        Assert.InRange(outcome.Emits.Sum(static emit => emit.Value.Length), 0, CellLimits.EmitBytes);
        Assert.InRange(outcome.Timers.Count, 0, CellLimits.OpenTickets);
        Assert.InRange(outcome.Subscribed.Count, 0, CellLimits.Subscriptions);
    }

    /// <summary>Nothing leaves that is not granted, or over what is; what is not granted is counted.</summary>
    private static void CheckNetwork(ActionOutcome outcome, EgressProfile? egress)
    {
        Assert.InRange(outcome.Requests.Count + outcome.ModelCalls.Count + outcome.Timers.Count, 0, CellLimits.OpenTickets);
        Assert.InRange(outcome.Requests.Sum(static asked => asked.Body.Length) + outcome.Emits.Sum(static emit => emit.Value.Length), 0, CellLimits.EmitBytes);
        Assert.InRange(outcome.Denied.Count, 0, 17);
        Assert.All(outcome.Denied, denied => Assert.True(denied.Count > 0 && (denied.Code == DenialCodes.NotOffered || denied.Code == (egress is null ? DenialCodes.NoEgress : DenialCodes.NotGranted) || denied.Code is DenialCodes.NoModels or DenialCodes.ClassNotGranted), $"{denied}"));
        foreach (var asked in outcome.Requests)
        {
            Assert.NotNull(egress?.Find(asked.Url));
            Assert.InRange(asked.Body.Length, 0, egress.Limits.RequestBytes);
            Assert.InRange(asked.TimeoutMs, 1, egress.Limits.TimeoutMs);
            Assert.InRange(asked.ResponseBytes, 0, egress.Limits.ResponseBytes);
            Assert.InRange(asked.Redirects, 0, egress.Limits.Redirects);
            Assert.All(asked.Headers, static field => Assert.DoesNotContain(field.Name + field.Value, static c => c is < ' ' or > '~'));
        }
    }

    private static void CheckModels(ActionOutcome outcome, ModelGrant models)
    {
        Assert.DoesNotContain(outcome.Denied, denied => denied.Code == (models.IsNone ? DenialCodes.ClassNotGranted : DenialCodes.NoModels));
        foreach (var asked in outcome.ModelCalls)
        {
            Assert.Contains(asked.Class, models.Classes);
            Assert.InRange(asked.MaxTokens, 1, models.MaxTokens);
            Assert.Equal(asked.Request, Voxeltron.Ultra.Jcs.CanonicalizeExact(asked.Request));
        }
    }

    public static string Hash(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? "-" : $"{bytes.Length}:{Convert.ToHexStringLower(SHA256.HashData(bytes)[..8])}";
}
