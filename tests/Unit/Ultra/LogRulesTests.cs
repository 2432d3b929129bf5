using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

// Goal: a log that is signed correctly but breaks a rule is found, by the right code; one that uses an exception is clean.
// Method: the library's own builders write the log, with one rule broken.
public sealed class LogRulesTests
{
    private readonly LogBuilder _log = new();
    private readonly TestHost _host = new(1);
    private readonly TestStream _mission;

    public LogRulesTests()
    {
        _log.Begin(_host);
        _mission = _log.Stream(SampleLog.Tenant, StreamId.Of(SampleLog.Mission));
    }

    [Fact]
    public async Task A_stream_that_does_not_begin_with_an_epoch()
    {
        (_mission.Epoch, _mission.Owner) = (1, _host);
        _mission.Append(_log.Intent(_mission, EntryKinds.InputClosed));
        _log.Commit(_host, _mission);
        await Finds(FindingCodes.FirstEntryWrong);
    }

    [Fact]
    public async Task Two_host_seals_of_one_stream_in_one_commit()
    {
        _mission.Begin(_host, epoch: 2, previous: 0);
        _mission.Begin(_host, epoch: 5, previous: 2);
        var seals = _mission.Pending[..1];
        _mission.Pending.RemoveAt(0);
        _mission.PendingSeals.Add(SealBuilder.Host(_host.Signer, _host.Id, _host.Commits + 1, seals));
        _log.Log.Entries.AddRange(seals);
        _log.Commit(_host, _mission);

        // Two host seals of one stream in one commit: the commit's root has one of them only.
        await Finds(FindingCodes.CommitRoot);
    }

    [Fact]
    public async Task Skipped_epochs_are_clean()
    {
        _mission.Begin(_host, epoch: 2, previous: 0);
        _log.Commit(_host, _mission);
        _mission.Begin(_host, epoch: 5, previous: 2);
        _log.Commit(_host, _mission);
        Assert.Empty((await _log.VerifyAsync()).Findings);
    }

    [Theory]
    [InlineData(1, 1, FindingCodes.EpochMismatch)]
    [InlineData(3, 2, FindingCodes.EpochBodyMismatch)]
    public async Task An_epoch_that_does_not_follow_the_one_before(long epoch, long previous, string code)
    {
        _mission.Begin(_host, epoch: 1, previous: 0);
        _log.Commit(_host, _mission);
        _mission.Begin(_host, epoch, previous);
        _log.Commit(_host, _mission);
        await Finds(code);
    }

    [Fact]
    public async Task An_entry_of_another_epoch_than_its_place()
    {
        _mission.Begin(_host, epoch: 1, previous: 0);
        _mission.Epoch = 2;
        _mission.Append(_log.Intent(_mission, EntryKinds.InputClosed));
        _log.Commit(_host, _mission);
        await Finds(FindingCodes.EpochMismatch);
    }

    [Fact]
    public async Task Another_host_than_the_epochs_seals_the_stream()
    {
        var thief = new TestHost(2);
        _log.Delegate(thief);
        _log.Commit(_host, _log.System);
        _mission.Begin(_host, epoch: 1, previous: 0);
        _log.Commit(_host, _mission);
        _mission.Append(_log.Intent(_mission, EntryKinds.InputClosed));
        _log.Commit(thief, _mission);
        await Finds(FindingCodes.SealSigner);
    }

    [Fact]
    public async Task A_host_seal_over_two_epochs()
    {
        _mission.Begin(_host, epoch: 1, previous: 0);
        _mission.Begin(_host, epoch: 2, previous: 1);
        _log.Commit(_host, _mission);
        await Finds(FindingCodes.HostSealMissing);
    }

    [Fact]
    public async Task A_host_nobody_delegated()
    {
        var stranger = new TestHost(3);
        _mission.Begin(stranger, epoch: 1, previous: 0);
        _log.Commit(stranger, _mission);
        await Finds(FindingCodes.KeyUnknown);
    }

    [Fact]
    public async Task A_host_whose_delegation_ran_out()
    {
        var late = new TestHost(4);
        _log.Delegate(late, TimeSpan.FromMilliseconds(1));
        _log.Commit(_host, _log.System);
        _mission.Begin(late, epoch: 1, previous: 0);
        _log.Commit(late, _mission);
        await Finds(FindingCodes.KeyNotValid);
    }

    [Fact]
    public async Task A_delegation_the_CA_did_not_sign()
    {
        var host = new TestHost(5);
        var forged = Delegation.ForHost(_log.Keys.Api, host.Signer.PublicKey, host.Id, LogBuilder.StartUs, LogBuilder.StartUs * 2);
        _log.System.Append(IntentBuilder.KeyDelegated(_log.Keys.Ca, forged, _log.Now, _log.NextIntentId()));
        _log.Commit(_host, _log.System);
        await Finds(FindingCodes.DelegationInvalid);
    }

    [Fact]
    public async Task A_host_kind_by_another_host()
    {
        _mission.Begin(_host, epoch: 1, previous: 0);
        _mission.Append(EntryKinds.TaskFailed, new TestHost(6).Actor, "{}");
        _log.Commit(_host, _mission);
        await Finds(FindingCodes.ActorMismatch);
    }

    [Fact]
    public async Task An_intent_signed_for_another_stream()
    {
        _mission.Begin(_host, epoch: 1, previous: 0);
        _mission.Append(_log.Intent(_log.Stream(SampleLog.Tenant, StreamId.System(SampleLog.Tenant)), EntryKinds.InputClosed));
        _log.Commit(_host, _mission);
        await Finds(FindingCodes.IntentMismatch);
    }

    [Fact]
    public async Task An_intent_appended_twice()
    {
        _mission.Begin(_host, epoch: 1, previous: 0);
        var intent = _log.Intent(_mission, EntryKinds.InputClosed);
        _mission.Append(intent);
        _mission.Append(intent);
        _log.Commit(_host, _mission);
        await Finds(FindingCodes.IntentDuplicate);
    }

    [Fact]
    public async Task An_intent_by_a_role_that_may_not()
    {
        _mission.Begin(_host, epoch: 1, previous: 0);
        var sre = _log.Keys.Sre;
        _mission.Append(_log.Intent(_mission, EntryKinds.MissionSubmitted, signer: sre, actor: Actors.Key(KeyRoles.Sre, sre.KeyId)));
        _mission.Append(_log.Intent(_mission, EntryKinds.MissionCancelRequested, signer: sre, actor: Actors.Key(KeyRoles.Sre, sre.KeyId)));
        _log.Commit(_host, _mission);
        var finding = Assert.Single((await _log.VerifyAsync()).Findings);
        Assert.Equal((FindingCodes.IntentRole, 2L), (finding.Code, finding.Seq));
    }

    [Fact]
    public async Task An_intent_under_a_name_its_signer_does_not_have()
    {
        _mission.Begin(_host, epoch: 1, previous: 0);
        _mission.Append(_log.Intent(_mission, EntryKinds.MissionSubmitted, signer: _log.Keys.Sre, actor: _log.Keys.ApiActor));
        _log.Commit(_host, _mission);
        await Finds(FindingCodes.SealSigner, FindingCodes.ActorSealMissing);
    }

    [Fact]
    public async Task An_intent_nobody_signed()
    {
        _mission.Begin(_host, epoch: 1, previous: 0);
        var intent = _log.Intent(_mission, EntryKinds.InputClosed);
        _mission.Append(intent.Kind, intent.Actor, intent.Body.ToString());
        _log.Commit(_host, _mission);
        await Finds(FindingCodes.ActorSealMissing);
    }

    [Fact]
    public async Task An_action_of_a_cell_that_was_not_booted_here()
    {
        _mission.Begin(_host, epoch: 1, previous: 0);
        _mission.Act(new TestCell(1));
        _log.Commit(_host, _mission);
        await Finds(FindingCodes.CellUnknown);
    }

    [Fact]
    public async Task An_action_of_a_cell_from_an_earlier_epoch()
    {
        var cell = new TestCell(1);
        _mission.Begin(_host, epoch: 1, previous: 0);
        _mission.Boot(cell);
        _log.Commit(_host, _mission);
        _mission.Begin(_host, epoch: 2, previous: 1);
        _mission.Act(cell);
        _log.Commit(_host, [_mission], [cell]);
        await Finds(FindingCodes.CellUnknown, FindingCodes.SealSigner);
    }

    [Theory]
    [InlineData("task", "completed", true, true)]
    [InlineData("task", "completed", false, true)]
    [InlineData("timer", "completed", true, true)]
    [InlineData("timer", "waiting", true, false)]
    [InlineData("delta", "returned", false, true)]
    [InlineData("delta", "returned", true, false)]
    public async Task Entries_a_cell_did_not_seal_are_excused_only_if_it_ended_before_completing(string @event, string outcome, bool ended, bool isFinding)
    {
        var cell = new TestCell(1);
        _mission.Begin(_host, epoch: 1, previous: 0);
        _mission.Boot(cell);
        _mission.Act(cell, @event, outcome);
        if (ended)
        {
            _mission.Abort(cell);
        }

        // Later than a live cell may be behind.
        _log.Pass(TimeSpan.FromSeconds(11));
        _mission.Append(EntryKinds.TaskSkipped, _host.Actor, "{}");
        _log.Commit(_host, _mission);
        var report = await _log.VerifyAsync();
        Assert.Equal(isFinding ? [FindingCodes.CellSealMissing] : [], report.Findings.Select(f => f.Code));
        Assert.Equal(isFinding ? 0 : 1, report.HostSealedOnly);
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(11, true)]
    public async Task A_cell_that_is_still_alive_may_be_seconds_behind_with_its_seal(int seconds, bool isFinding)
    {
        var cell = new TestCell(1);
        _mission.Begin(_host, epoch: 1, previous: 0);
        _mission.Boot(cell);
        _mission.Act(cell, "timer", "waiting");
        _log.Pass(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(10));
        _mission.Append(EntryKinds.TaskSkipped, _host.Actor, "{}");
        _log.Commit(_host, _mission);
        var report = await _log.VerifyAsync();
        Assert.Equal(isFinding ? [FindingCodes.CellSealMissing] : [], report.Findings.Select(f => f.Code));
        Assert.Equal(isFinding ? 0 : 1, report.HostSealedOnly);
    }

    [Fact]
    public async Task A_cell_may_seal_in_a_later_commit_than_its_entries()
    {
        var cell = new TestCell(1);
        _mission.Begin(_host, epoch: 1, previous: 0);
        _mission.Boot(cell);
        _mission.Act(cell, "delta", "returned");
        _log.Commit(_host, _mission);
        _mission.Append(_log.Intent(_mission, EntryKinds.InputClosed));
        _log.Commit(_host, [_mission], [cell]);
        Assert.Empty((await _log.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task A_body_that_is_not_canonical()
    {
        _mission.Begin(_host, epoch: 1, previous: 0);
        _mission.Append(EntryKinds.TaskFailed, _host.Actor, "{\"v\":1,\"code\":1}");
        _mission.Append(EntryKinds.TaskFailed, _host.Actor, "{\"v\":1.5}");
        _mission.Append(EntryKinds.TaskFailed, _host.Actor, $"{{\"v\":\"{new string('x', Limits.EntryBodyBytes)}\"}}");
        _mission.Append("task.unheard_of", _host.Actor, "{}");
        _log.Commit(_host, _mission);
        await Finds(FindingCodes.BodyNotCanonical, FindingCodes.BodyNotCanonical, FindingCodes.BodyTooLarge, FindingCodes.KindUnknown);
    }

    [Fact]
    public async Task Genesis_and_delegations_stand_in_the_fabrics_stream_only()
    {
        _mission.Begin(_host, epoch: 1, previous: 0);
        _mission.Append(EntryKinds.Genesis, "root/x", "{}");
        _mission.Append(EntryKinds.KeyDelegated, "ca/x", "{}");
        _log.Commit(_host, _mission);
        var report = await _log.VerifyAsync();
        Assert.Contains(report.Findings, f => f.Code == FindingCodes.GenesisOutOfPlace);
        Assert.Contains(report.Findings, f => f.Code == FindingCodes.DelegationOutOfPlace);
    }

    [Fact]
    public async Task A_forked_log_does_not_fit_a_checkpoint_kept_outside()
    {
        var kept = _log.Checkpoint();
        var other = new LogBuilder();
        other.NextTime();
        other.Begin(new TestHost(1));
        other.Checkpoint();
        var finding = Assert.Single((await other.VerifyAsync(kept.Note)).Findings);
        Assert.Equal(FindingCodes.ExternalCheckpointRoot, finding.Code);
        finding = Assert.Single((await other.VerifyAsync("not a note")).Findings);
        Assert.Equal(FindingCodes.ExternalCheckpointInvalid, finding.Code);
    }

    [Fact]
    public async Task Findings_are_bounded()
    {
        _mission.Begin(_host, epoch: 1, previous: 0);
        for (var i = 0; i < 1_500; i++)
        {
            _mission.Append("x", "y", "{}");
        }

        _log.Commit(_host, _mission);
        var report = await _log.VerifyAsync();
        Assert.Equal(1_001, report.Findings.Count);
        Assert.Equal(FindingCodes.TooManyFindings, report.Findings[^1].Code);
    }

    private async Task Finds(params string[] codes)
    {
        var report = await _log.VerifyAsync();
        Assert.All(codes, code => Assert.Contains(report.Findings, f => f.Code == code));
    }
}
