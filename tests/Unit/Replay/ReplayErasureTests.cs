using System.Text;
using Voxeltron.Kernel;
using Voxeltron.Replay;
using Xunit;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>
/// Goal: what the law took away is never called a forgery, and never called proved. Method: an honest mission with payloads
/// erased, kind by kind.
/// </summary>
public sealed class ReplayErasureTests(RecordedMission mission) : IClassFixture<RecordedMission>
{
    [Fact]
    public async Task Erased_input_and_action_end_the_proof_at_the_action()
    {
        var (input, action) = (mission.SeqOf(EntryKinds.InputSubmitted), mission.SeqOf(EntryKinds.Action));

        AssertErased(await mission.ReplayAsync(mission.Erased(input, action)), from: action, erased: 2);
    }

    [Fact]
    public async Task The_erased_input_of_an_aborted_task_ends_the_proof_at_the_abort()
    {
        var input = mission.Honest.Single(static entry => entry.Payload is not null && Encoding.UTF8.GetString(entry.Payload) == "unreachable").Header.Seq;

        AssertErased(await mission.ReplayAsync(mission.Erased(input)), from: mission.SeqOf(EntryKinds.ActionAborted), erased: 1);
    }

    [Fact]
    public async Task An_erased_secret_ends_the_proof_at_the_first_boot() =>
        AssertErased(await mission.ReplayAsync(mission.Erased(1)), from: mission.SeqOf(EntryKinds.CellBooted), erased: 1);

    [Fact]
    public async Task An_erased_spec_ends_the_proof_where_it_stood() =>
        AssertErased(await mission.ReplayAsync(mission.Erased(2)), from: 2, erased: 1);

    [Fact]
    public async Task Erased_modules_end_the_proof_at_the_first_boot() =>
        AssertErased(await mission.ReplayAsync(mission.Honest, eraseModules: true), from: mission.SeqOf(EntryKinds.CellBooted), erased: 1);

    [Fact]
    public async Task Everything_erased_still_has_its_chain() =>
        AssertErased(
            await mission.ReplayAsync(mission.Erased([.. mission.Honest.Select(static entry => entry.Header.Seq)])),
            from: 2,
            erased: mission.Honest.Count(static entry => entry.Payload is not null));

    [Theory]
    [InlineData(EntryKinds.Action)]
    [InlineData(EntryKinds.CellBooted)]
    public async Task A_delivery_whose_own_record_alone_is_erased_is_executed_again_and_not_called_compared(string kind)
    {
        var report = await mission.ReplayAsync(mission.Erased(mission.SeqOf(kind)));

        Assert.Null(report.Divergence);
        Assert.Null(report.ErasedFrom);
        Assert.Equal((1, 3), (report.Erased, report.Actions));
        Assert.DoesNotContain("bit for bit", report.Verdict(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Erasing_the_record_of_an_action_does_not_hide_its_forged_fuel()
    {
        var seq = mission.SeqOf(EntryKinds.Action);
        var forged = mission.Forged(seq, static body => body["fuel"] = 1);
        forged[(int)seq - 1] = forged[(int)seq - 1] with { Payload = null, PayloadSalt = null };

        var report = await mission.ReplayAsync(forged);

        Assert.Equal((seq, "body"), (report.Divergence?.Seq, report.Divergence?.Field));
    }

    [Fact]
    public async Task A_broken_chain_is_found_behind_an_erasure()
    {
        var entries = mission.Erased(2);
        entries[^1] = entries[^1] with { Body = entries[^1].Body.ToString().Replace("failed", "passed", StringComparison.Ordinal) };

        var report = await mission.ReplayAsync(entries);

        Assert.Equal((entries.Count, "chain"), ((int)report.Divergence!.Seq, report.Divergence.Field));
    }

    private void AssertErased(ReplayReport report, long from, int erased)
    {
        Assert.Null(report.Divergence);
        Assert.Equal((from, erased), (report.ErasedFrom, report.Erased));
        Assert.Equal((mission.Honest.Count, mission.Honest.Count), (report.Entries, report.ChainValues));
        Assert.StartsWith($"erased from seq {from}", report.Verdict(), StringComparison.Ordinal);
        Assert.DoesNotContain("bit for bit", report.Verdict(), StringComparison.Ordinal);
    }
}
