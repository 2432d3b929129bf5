using System.Text;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>
/// Goal: an export is the log: what verifies there verifies here, and what is found there is found here. Method: the sample log
/// written to a file and read back, row by row; then every way to tamper with a log, sampled, judged from both.
/// </summary>
public sealed class ExportTests
{
    // Ways tried per column; each is a whole log written, read and verified twice.
    private const int WaysPerColumn = 6;

    public static TheoryData<string> Columns => [.. Tampering.Columns.Keys];

    [Fact]
    public async Task Every_row_comes_back_as_it_was()
    {
        var log = SampleLog.Build().Log;
        await using var export = await ExportFile.OpenAsync(await ExportFile.WriteAsync(log));
        Assert.Empty(await export.CheckMembersAsync(CancellationToken.None));

        Assert.Equal(await RowsAsync(log), await RowsAsync(export));
        Assert.Equal((LogBuilder.Fabric, "test 1", ExportScope.Whole), (export.Manifest.Fabric, export.Manifest.Tool, export.Manifest.Scope));
        Assert.Equal(log.Entries.Count, export.Manifest.Streams.Sum(static stream => stream.Entries));
        Assert.Equal(log.Seals.Count, export.Manifest.Streams.Sum(static stream => stream.Seals));
    }

    [Fact]
    public async Task An_untouched_export_verifies_like_its_log()
    {
        var sample = SampleLog.Build();
        await using var export = await ExportFile.OpenAsync(await ExportFile.WriteAsync(sample.Log));
        var (there, here) = (await sample.VerifyAsync(), await VerifyAsync(sample, export));

        Assert.Empty(here.Findings);
        Assert.Equal(there with { Findings = [] }, here with { Findings = [] });
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public async Task What_is_found_in_a_tampered_log_is_found_in_its_export(string column)
    {
        var sample = SampleLog.Build();
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var ways = Tampering.Columns[column](sample.Log).ToArray();
        random.Shuffle(ways);
        foreach (var tampered in ways.Take(WaysPerColumn))
        {
            var there = await sample.VerifyAsync(tampered.Log);
            await using var export = await ExportFile.OpenAsync(await ExportFile.WriteAsync(tampered.Log));
            var here = await VerifyAsync(sample, export);
            Assert.True(there.Findings.SequenceEqual(here.Findings), $"{column}, seed {seed}, {tampered.What}:\nlog    {Text(there)}\nexport {Text(here)}");
            Assert.NotEmpty(here.Findings);
        }
    }

    [Fact]
    public async Task A_row_changed_in_the_file_is_a_finding_whether_or_not_the_manifest_was_adapted()
    {
        var sample = SampleLog.Build();
        foreach (var member in (string[])[$"streams/clinic/{SampleLog.Mission.Hex}/entries.jsonl", "commits.jsonl", "leaves.jsonl", "checkpoints.jsonl", "heads.jsonl", $"streams/clinic/{SampleLog.Mission.Hex}/seals.jsonl"])
        {
            var file = await ExportFile.OfAsync(sample.Log);
            file.Replace(member, static text => Flip(text));
            await using var export = await ExportFile.OpenAsync(file.Zip());

            Assert.Contains(member, Assert.Single(await export.CheckMembersAsync(CancellationToken.None)), StringComparison.Ordinal);
            Assert.NotEmpty((await VerifyAsync(sample, export)).Findings);
        }
    }

    [Fact]
    public async Task A_count_the_manifest_has_wrong_is_told()
    {
        var file = await ExportFile.OfAsync(SampleLog.Build().Log);
        file.ReplaceManifest(static json => json["streams"]![0]!["entries"] = 99);
        await using var export = await ExportFile.OpenAsync(file.Zip());

        Assert.Contains("99", Assert.Single(await export.CheckMembersAsync(CancellationToken.None)), StringComparison.Ordinal);
    }

    // The bytes of a line are what strangers' programs read: members are added under a new version of the format alone.
    [Fact]
    public async Task The_form_is_the_committed_one()
    {
        var file = await ExportFile.OfAsync(SampleLog.Build().Log, new ExportScope(SampleLog.Tenant, null));
        var text = new StringBuilder();
        foreach (var (name, bytes) in file.Members.OrderBy(static member => member.Key, StringComparer.Ordinal))
        {
            var lines = Encoding.UTF8.GetString(bytes);
            text.Append("== ").Append(name).Append('\n').Append(name == "manifest.json" ? lines + "\n" : string.Concat(lines.Split('\n').Take(3).Select(static line => line + "\n")));
        }

        GoldenFile.Check("export.txt", text.ToString());
    }

    [Fact]
    public async Task A_line_longer_than_a_reader_takes_is_not_written()
    {
        var log = SampleLog.Build().Log;
        log.Entries[3] = log.Entries[3] with { Payload = new byte[Limits.EntryPayloadBytes + (1024 * 1024)] };

        var fault = await Assert.ThrowsAsync<ExportException>(() => ExportFile.WriteAsync(log));
        Assert.Equal(ExportException.TooLarge, fault.FaultCode);
    }

    [Fact]
    public async Task The_largest_payload_there_can_be_comes_back()
    {
        var log = SampleLog.Build().Log;
        var payload = new byte[Limits.EntryPayloadBytes];
        log.Entries[3] = log.Entries[3] with { Payload = payload, PayloadSalt = LogBuilder.Salt(1) };
        var stream = log.Entries[3].Header;
        await using var export = await ExportFile.OpenAsync(await ExportFile.WriteAsync(log));

        var read = new List<int?>();
        await foreach (var entry in export.Entries(stream.Tenant, stream.Stream, CancellationToken.None))
        {
            read.Add(entry.Payload?.Length);
        }

        Assert.Contains(Limits.EntryPayloadBytes, read);
    }

    private static Task<VerificationReport> VerifyAsync(LogBuilder sample, ILogReader log) =>
        new LogVerifier(sample.RootPublicKey).VerifyAsync(log, CancellationToken.None);

    private static string Text(VerificationReport report) => string.Join(", ", report.Findings.Select(static finding => $"{finding.Code} {finding.Stream} {finding.Seq}"));

    /// <summary>Another digit in the last digest: still a row of its form.</summary>
    private static string Flip(string text)
    {
        var at = new[] { "\"chain\":\"", "\"root\":\"", "\"leaf\":\"" }.Max(name => text.LastIndexOf(name, StringComparison.Ordinal) is var found and >= 0 ? found + name.Length : -1);
        return $"{text[..at]}{(text[at] == '0' ? '1' : '0')}{text[(at + 1)..]}";
    }

    private static async Task<string> RowsAsync(ILogReader log)
    {
        var text = new StringBuilder();
        await foreach (var stream in log.Streams(CancellationToken.None))
        {
            text.Append(stream).Append('\n');
            await foreach (var entry in log.Entries(stream.Tenant, stream.Stream, CancellationToken.None))
            {
                text.Append($"{entry.Header} {entry.Body} {Hex(entry.Payload)} {Hex(entry.PayloadSalt)} {Hex(entry.Chain)}\n");
            }

            await foreach (var seal in log.Seals(stream.Tenant, stream.Stream, CancellationToken.None))
            {
                text.Append($"{seal} {Hex(seal.Root)} {Hex(seal.Signature)}\n");
            }
        }

        await foreach (var head in log.Heads(CancellationToken.None))
        {
            text.Append($"{head} {Hex(head.Chain)}\n");
        }

        await foreach (var commit in log.Commits(CancellationToken.None))
        {
            text.Append($"{commit} {Hex(commit.Root)} {Hex(commit.Previous)} {Hex(commit.Signature)}\n");
        }

        await foreach (var leaf in log.Leaves(CancellationToken.None))
        {
            text.Append($"{leaf} {Hex(leaf.Leaf)}\n");
        }

        await foreach (var checkpoint in log.Checkpoints(CancellationToken.None))
        {
            text.Append($"{checkpoint} {Hex(checkpoint.Root)}\n");
        }

        return text.ToString();
    }

    private static string Hex(byte[]? bytes) => bytes is null ? "-" : Convert.ToHexStringLower(bytes);
}
