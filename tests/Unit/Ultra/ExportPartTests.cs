using System.Text.Json.Nodes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>
/// Goal: a part of a log proves what it holds, tells nothing of other streams, and says what it cannot prove. Method: the
/// sample log's tenant and mission exported alone; then rows of the part changed, and leaves of the absent streams.
/// </summary>
public sealed class ExportPartTests
{
    private static readonly ExportScope s_tenant = new(SampleLog.Tenant, null);

    [Fact]
    public async Task A_mission_alone_verifies_with_its_keys_and_modules_and_nothing_else()
    {
        var sample = TwoTenants();
        await using var export = await ExportFile.OpenAsync(await ExportFile.WriteAsync(sample.Log, new ExportScope(SampleLog.Tenant, SampleLog.Mission)));
        var report = await VerifyAsync(sample, export);

        Assert.Empty(report.Findings);
        Assert.True(report.IsPartial);
        Assert.Equal(3, report.Streams);
        Assert.Equal((1, sample.Log.Commits.Count), (report.CommitsElsewhere, report.Commits));
    }

    [Fact]
    public async Task A_part_holds_no_word_of_another_tenant()
    {
        var sample = TwoTenants();
        var file = await ExportFile.OfAsync(sample.Log, s_tenant);

        Assert.NotEmpty(file.Members["absent_seals.jsonl"]);
        Assert.All(file.Members.Keys, member =>
        {
            Assert.DoesNotContain("another", file.Text(member), StringComparison.Ordinal);
            Assert.DoesNotContain(StreamId.System(new TenantId("another")).Hex, file.Text(member), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_whole_log_leaves_no_commit_unproved()
    {
        var sample = TwoTenants();
        await using var export = await ExportFile.OpenAsync(await ExportFile.WriteAsync(sample.Log));
        var report = await VerifyAsync(sample, export);

        Assert.Empty(report.Findings);
        Assert.Equal((false, 0), (report.IsPartial, report.CommitsElsewhere));
    }

    [Theory]
    [InlineData("leaf")]
    [InlineData("position")]
    [InlineData("commit_number")]
    [InlineData("host_id")]
    public async Task A_changed_leaf_of_an_absent_stream_is_found(string member)
    {
        var sample = TwoTenants();
        var file = await ExportFile.OfAsync(sample.Log, s_tenant);
        file.Replace("absent_seals.jsonl", text =>
        {
            var lines = text.TrimEnd('\n').Split('\n');
            var row = JsonNode.Parse(lines[^1])!;
            row[member] = member switch { "leaf" => new string('0', 64), "host_id" => new string('f', 32), _ => (int)row[member]! + 1000 };
            lines[^1] = row.ToJsonString();
            return string.Join('\n', lines) + "\n";
        });
        await using var export = await ExportFile.OpenAsync(file.Zip());

        Assert.NotEmpty((await VerifyAsync(sample, export)).Findings);
    }

    [Fact]
    public async Task Without_the_leaves_of_absent_streams_a_commit_is_not_proved()
    {
        var sample = TwoTenants();
        var file = await ExportFile.OfAsync(sample.Log, s_tenant);
        file.Members["absent_seals.jsonl"] = [];
        await using var export = await ExportFile.OpenAsync(file.Zip());

        var codes = (await VerifyAsync(sample, export)).Findings.Select(static finding => finding.Code).ToHashSet();
        Assert.Equal([FindingCodes.CommitCounts, FindingCodes.CommitRoot], codes.Order());
    }

    [Fact]
    public async Task One_leaf_too_few_is_a_stream_too_few()
    {
        var sample = TwoTenants();
        var file = await ExportFile.OfAsync(sample.Log, s_tenant);
        file.Replace("absent_seals.jsonl", static text => text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
        Assert.NotEmpty(file.Members["absent_seals.jsonl"]);
        await using var export = await ExportFile.OpenAsync(file.Zip());

        Assert.Contains((await VerifyAsync(sample, export)).Findings, static finding => finding.Code == FindingCodes.CommitCounts);
    }

    [Fact]
    public async Task A_part_passed_off_as_the_whole_is_found()
    {
        var sample = TwoTenants();
        var file = await ExportFile.OfAsync(sample.Log, s_tenant);
        file.Members.Remove("absent_seals.jsonl");
        file.ReplaceManifest(static json =>
        {
            json["scope"] = new JsonObject { ["kind"] = "fabric", ["tenant"] = null, ["mission"] = null };
            json["members"]!.AsArray().RemoveAt(json["members"]!.AsArray().Count - 1);
        });
        await using var export = await ExportFile.OpenAsync(file.Zip());

        Assert.Contains((await VerifyAsync(sample, export)).Findings, static finding => finding.Code == FindingCodes.CommitRoot);
    }

    [Fact]
    public async Task Every_change_of_a_row_in_the_part_is_found()
    {
        var sample = TwoTenants();
        foreach (var (column, ways) in Tampering.Columns)
        {
            if (ways(sample.Log).FirstOrDefault(tampered => IsInside(column, sample.Log, tampered.Log)) is not { } tampered)
            {
                continue;
            }

            await using var export = await ExportFile.OpenAsync(await ExportFile.WriteAsync(tampered.Log, s_tenant));
            Assert.False((await VerifyAsync(sample, export)).Clean, $"{column}: {tampered.What}");
        }
    }

    // The documented exception: heads are signed by nobody, and whose leaf a leaf is, nobody can tell.
    [Fact]
    public async Task A_tail_passed_off_as_another_streams_is_not_found_in_a_part()
    {
        var sample = SampleLog.Build();
        var log = sample.Log.Copy();
        var mission = StreamId.Of(SampleLog.Mission);
        var cut = log.Seals.Where(seal => seal.Stream == mission && seal.Role == SealRoles.Host).MaxBy(static seal => seal.LastSeq)!;
        var file = await ExportFile.OfAsync(CutBefore(log, mission, cut.FirstSeq), s_tenant);
        file.Members["absent_seals.jsonl"] = System.Text.Encoding.UTF8.GetBytes(
            $$"""{"host_id":"{{cut.Host.Hex}}","commit_number":{{cut.CommitNumber}},"position":0,"leaf":"{{Convert.ToHexStringLower(Statements.Leaf(cut))}}"}""" + "\n");
        await using var export = await ExportFile.OpenAsync(file.Zip());

        Assert.Empty((await VerifyAsync(sample, export)).Findings);
    }

    [Theory]
    [InlineData("nobody", null, "tenant_not_found")]
    [InlineData("clinic", 5, "mission_not_found")]
    public async Task A_part_that_is_not_there_is_refused_by_name(string tenant, int? mission, string code)
    {
        var scope = new ExportScope(new TenantId(tenant), mission is { } number ? new MissionId(TestKeys.Id(number)) : null);
        Assert.Equal(code, (await Assert.ThrowsAsync<VoxeltronException>(() => ExportFile.WriteAsync(SampleLog.Build().Log, scope))).FaultCode);
    }

    /// <summary>The sample log, then a commit that touches two other tenants as well and one that touches another alone.</summary>
    private static LogBuilder TwoTenants()
    {
        var log = SampleLog.Build();
        var host = new TestHost(3);
        var (own, other) = (log.Stream(SampleLog.Tenant, StreamId.System(SampleLog.Tenant)), log.Stream(new TenantId("another"), StreamId.System(new TenantId("another"))));
        own.Begin(host, epoch: 2, previous: 1);
        other.Begin(host, epoch: 1, previous: 0);
        log.System.Begin(host, epoch: 2, previous: 1);
        log.Delegate(host);
        var third = log.Stream(new TenantId("third"), StreamId.System(new TenantId("third")));
        third.Begin(host, epoch: 1, previous: 0);
        log.Commit(host, third, other, own, log.System);
        other.Append(log.Intent(other, EntryKinds.ModuleSubmitted, static w => w.Name("name").String("another"), "\0asm"u8.ToArray()));
        log.Commit(host, other);
        log.Checkpoint();
        return log;
    }

    private static InMemoryLog CutBefore(InMemoryLog log, StreamId stream, long first)
    {
        log.Entries.RemoveAll(entry => entry.Header.Stream == stream && entry.Header.Seq >= first);
        log.Seals.RemoveAll(seal => seal.Stream == stream && seal.FirstSeq >= first);
        var last = log.Entries.Where(entry => entry.Header.Stream == stream).MaxBy(static entry => entry.Header.Seq)!;
        log.Heads[log.Heads.FindIndex(head => head.Stream == stream)] = new HeadRow(last.Header.Tenant, stream, last.Header.Seq, last.Header.Epoch, last.Chain);
        return log;
    }

    /// <summary>The changed row was, and is, one of the exported part, or of what every export holds whole.</summary>
    private static bool IsInside(string column, InMemoryLog honest, InMemoryLog tampered) => column.Split('.')[0] switch
    {
        "entry" => honest.Entries.Except(tampered.Entries).All(static e => e.Header.Tenant == SampleLog.Tenant),
        "seal" => honest.Seals.Except(tampered.Seals).All(static s => s.Tenant == SampleLog.Tenant),
        "stream_head" => honest.Heads.Except(tampered.Heads).All(static h => h.Tenant == SampleLog.Tenant),
        _ => true,
    };

    private static Task<VerificationReport> VerifyAsync(LogBuilder sample, ILogReader log) =>
        new LogVerifier(sample.RootPublicKey).VerifyAsync(log, CancellationToken.None);
}
