using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>
/// Goal: no file makes the reader crash, wander or swell; what is no export is called so, by one code. Method: a good export
/// with one thing wrong with the file, its names, its lengths or its lines; then files with random bytes changed.
/// </summary>
public sealed class ExportHostileTests
{
    private const string Entries = "streams/clinic/00000000000000000000000000000077/entries.jsonl";

    [Theory]
    [InlineData("an empty file")]
    [InlineData("not a zip")]
    public async Task No_zip_is_no_export(string what) =>
        Assert.Equal(ExportException.Malformed, await FaultAsync(what == "an empty file" ? [] : Encoding.UTF8.GetBytes(what)));

    [Fact]
    public async Task A_file_cut_anywhere_is_no_export()
    {
        var whole = await ExportFile.WriteAsync(SampleLog.Build().Log);
        foreach (var part in (double[])[0.01, 0.3, 0.6, 0.9, 0.99])
        {
            Assert.Equal(ExportException.Malformed, await FaultAsync(whole[..(int)(whole.Length * part)]));
        }

        Assert.Equal(ExportException.Malformed, await FaultAsync(whole[..^1]));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("streams/clinic/../entries.jsonl")]
    [InlineData("streams\\clinic\\x")]
    [InlineData("extra.jsonl")]
    [InlineData("manifest.json")]
    [InlineData(Entries)]
    public async Task A_member_too_many_is_refused_whatever_its_name(string name)
    {
        var file = await GoodAsync();
        Assert.Equal(ExportException.Malformed, await FaultAsync(file.Zip(zip => zip.CreateEntry(name))));
    }

    [Theory]
    [InlineData("manifest.json")]
    [InlineData("heads.jsonl")]
    [InlineData(Entries)]
    public async Task A_member_too_few_is_refused(string name)
    {
        var file = await GoodAsync();
        file.Members.Remove(name);
        Assert.Equal(ExportException.Malformed, await FaultAsync(file.Zip()));
    }

    [Fact]
    public async Task A_version_nobody_knows_is_refused_by_its_own_code()
    {
        var file = await GoodAsync();
        file.ReplaceManifest(static json => json["format"] = "voxeltron-export/2");
        Assert.Equal(ExportException.UnknownVersion, await FaultAsync(file.Zip()));
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"format":"voxeltron-export/1","format":"voxeltron-export/1"}""")]
    public async Task A_manifest_that_is_none_is_refused(string text)
    {
        var file = await GoodAsync();
        file.Replace("manifest.json", _ => text);
        Assert.Equal(ExportException.Malformed, await FaultAsync(file.Zip()));
    }

    public static TheoryData<string> Manifests => ["tenant", "stream twice", "member twice", "member elsewhere", "unknown member", "scope", "scope without tenant", "stream out of scope"];

    [Theory]
    [MemberData(nameof(Manifests))]
    public async Task A_manifest_that_contradicts_itself_or_the_file_is_refused(string what)
    {
        // A part, where the scope decides what may be there.
        var file = await ExportFile.OfAsync(SampleLog.Build().Log, new ExportScope(SampleLog.Tenant, null));
        Assert.Null(await FaultAsync(file.Zip()));
        file.ReplaceManifest(json => Spoil(json, what));
        Assert.Equal(ExportException.Malformed, await FaultAsync(file.Zip()));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("\"seq\"")]
    public async Task A_line_that_is_no_row_is_refused(string line) => Assert.Equal(ExportException.Malformed, await LineFaultAsync(_ => line));

    [Theory]
    [InlineData("\"seq\":1", "\"seq\":1.5")]
    [InlineData("\"seq\":1", "\"seq\":99999999999999999999")]
    [InlineData("\"seq\":1", "\"seq\":null")]
    [InlineData("\"seq\":1", "\"seq\":1,\"seq\":1")]
    [InlineData("\"seq\":1", "\"seq\":1,\"more\":1")]
    [InlineData("\"seq\":1,", "")]
    [InlineData("\"payload\":\"", "\"payload\":\"*")]
    [InlineData("\"payload\":\"", "\"payload\":[],\"x\":\"")]
    [InlineData("\"payload_salt\":\"", "\"payload_salt\":\"0g")]
    [InlineData("\"chain\":\"", "\"chain\":\"00")]
    [InlineData("\"chain\":\"", "\"chain\":\"x")]
    [InlineData("\"kind\":\"epoch.began\"", "\"kind\":null")]
    [InlineData("\"kind\":\"epoch.began\"", "\"kind\":\"\\ud800\"")]
    [InlineData("\"body\":\"", "\"body\":[\"")]
    public async Task A_row_with_a_bad_member_is_refused(string from, string to) =>
        Assert.Equal(ExportException.Malformed, await LineFaultAsync(line => line.Replace(from, to, StringComparison.Ordinal)));

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused()
    {
        var file = await GoodAsync();
        var bytes = file.Members[Entries];
        bytes[bytes.AsSpan().IndexOf("epoch.began"u8)] = 0xff;
        Assert.Equal(ExportException.Malformed, await FaultAsync(file.Zip()));
    }

    [Fact]
    public async Task A_last_line_without_its_end_is_refused()
    {
        var file = await GoodAsync();
        file.Replace(Entries, static text => text[..^1]);
        Assert.Equal(ExportException.Malformed, await FaultAsync(file.Zip()));
    }

    [Theory]
    [InlineData(0, FindingCodes.ExportMismatch)]
    [InlineData(1, ExportException.Malformed)]
    [InlineData(1_000_000, ExportException.Malformed)]
    public async Task A_member_longer_or_shorter_than_declared_does_not_pass(uint declared, string code)
    {
        var zip = (await GoodAsync()).Zip();
        var at = CentralRecordOf(zip, "commits.jsonl");
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(at + 24), declared);
        Assert.Equal(code, await FaultAsync(zip));
    }

    [Fact]
    public async Task Members_that_claim_more_than_the_file_has_are_refused()
    {
        var zip = (await GoodAsync()).Zip();
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(CentralRecordOf(zip, "commits.jsonl") + 20), 0x7fff_0000);
        Assert.Equal(ExportException.Malformed, await FaultAsync(zip));
    }

    // One stretch of compressed bytes under many names is how a small file becomes an endless one.
    [Fact]
    public async Task Members_that_share_their_bytes_are_refused()
    {
        var file = await GoodAsync();
        file.Members["commits.jsonl"] = [.. Enumerable.Range(0, 200_000).Select(static i => (byte)(i * 2_654_435_761L >> 13))];
        var zip = file.Zip();
        var (from, to) = (CentralRecordOf(zip, "commits.jsonl"), CentralRecordOf(zip, "leaves.jsonl"));

        // Checksum, both lengths; then where the data lies.
        zip.AsSpan(from + 16, 12).CopyTo(zip.AsSpan(to + 16));
        zip.AsSpan(from + 42, 4).CopyTo(zip.AsSpan(to + 42));

        Assert.Contains("compressed bytes; the file has", (await Assert.ThrowsAsync<ExportException>(() => ReadAsync(zip))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(11)]
    public async Task A_stream_of_another_length_than_declared_breaks_off(long declared)
    {
        await using var stream = new DeclaredLengthStream(new MemoryStream(new byte[10]), "x", declared);
        await Assert.ThrowsAsync<InvalidDataException>(() => stream.CopyToAsync(Stream.Null));
    }

    [Fact]
    public async Task Random_bytes_changed_end_in_a_refusal_or_a_finding_and_never_in_silence()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var sample = SampleLog.Build();
        var whole = await ExportFile.WriteAsync(sample.Log);
        for (var i = 0; i < 300; i++)
        {
            var changed = whole.ToArray();
            var at = random.Next(changed.Length);
            changed[at] ^= (byte)(1 << random.Next(8));
            try
            {
                await using var export = await ExportFile.OpenAsync(changed);
                var differences = await export.CheckMembersAsync(CancellationToken.None);
                var report = await new LogVerifier(sample.RootPublicKey).VerifyAsync(export, CancellationToken.None);

                // Dates and flags of the zip itself, and the manifest's words about the file, say nothing about the log.
                Assert.True(!report.Clean || differences.Count > 0 || SameContent(changed, whole), $"seed {seed}, byte {at}: nothing found");
            }
            catch (ExportException)
            {
                // Refused by name.
            }
            catch (Exception fault) when (fault is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}, byte {at}: {fault}");
            }
        }
    }

    [Fact]
    public async Task Leaves_of_absent_streams_out_of_order_are_refused()
    {
        var file = await ExportFile.OfAsync(SampleLog.Build().Log, new ExportScope(SampleLog.Tenant, SampleLog.Mission));
        file.Members["absent_seals.jsonl"] = [.. file.Members["absent_seals.jsonl"], .. file.Members["absent_seals.jsonl"]];
        if (file.Members["absent_seals.jsonl"].Length == 0)
        {
            const string line = """{"host_id":"00000000000000000000000000000001","commit_number":1,"position":0,"leaf":"00"}""";
            file.Members["absent_seals.jsonl"] = Encoding.UTF8.GetBytes($"{line}\n{line}\n");
        }

        Assert.Equal(ExportException.Malformed, await FaultAsync(file.Zip()));
    }

    private static bool SameContent(byte[] changed, byte[] whole)
    {
        var (a, b) = (ExportFile.Unzip(changed), ExportFile.Unzip(whole));
        return a.Members.Where(static member => member.Key != "manifest.json").All(member => b.Members[member.Key].AsSpan().SequenceEqual(member.Value));
    }

    private static void Spoil(JsonObject json, string what)
    {
        var (streams, members) = (json["streams"]!.AsArray(), json["members"]!.AsArray());
        switch (what)
        {
            case "tenant":
                streams[0]!["tenant_id"] = "../x";
                break;
            case "stream twice":
                streams.Add(streams[0]!.DeepClone());
                break;
            case "member twice":
                members.Add(members[0]!.DeepClone());
                break;
            case "member elsewhere":
                members[0]!["name"] = "../../outside";
                break;
            case "unknown member":
                json["more"] = 1;
                break;
            case "scope":
                json["scope"]!["kind"] = "mission";
                break;
            case "scope without tenant":
                json["scope"] = new JsonObject { ["kind"] = "mission", ["tenant"] = null, ["mission"] = SampleLog.Mission.Hex };
                break;
            case "stream out of scope":
                json["scope"] = new JsonObject { ["kind"] = "tenant", ["tenant"] = "another", ["mission"] = null };
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(what), what, "No such thing to spoil.");
        }
    }

    private static async Task<ExportFile> GoodAsync() => await ExportFile.OfAsync(SampleLog.Build().Log);

    private static async Task<string?> LineFaultAsync(Func<string, string> change)
    {
        var file = await GoodAsync();
        file.Replace(Entries, text => change(text[..text.IndexOf('\n', StringComparison.Ordinal)]) + text[text.IndexOf('\n', StringComparison.Ordinal)..]);
        return await FaultAsync(file.Zip());
    }

    /// <summary>Opens the file and reads all of it; the code of what went wrong, null when nothing did.</summary>
    private static async Task<string?> FaultAsync(byte[] file)
    {
        try
        {
            return await ReadAsync(file) > 0 ? FindingCodes.ExportMismatch : null;
        }
        catch (ExportException fault)
        {
            return fault.FaultCode;
        }
    }

    /// <returns>Members that are not what the manifest says.</returns>
    internal static async Task<int> ReadAsync(byte[] file)
    {
        await using var export = await ExportFile.OpenAsync(file);
        await new LogVerifier(TestKeys.Signer(1).PublicKey).VerifyAsync(export, CancellationToken.None);
        return (await export.CheckMembersAsync(CancellationToken.None)).Count;
    }

    /// <summary>Where a member's record in the central directory begins.</summary>
    private static int CentralRecordOf(byte[] zip, string name)
    {
        var text = Encoding.ASCII.GetBytes(name);
        for (var at = zip.Length - text.Length; at >= 46; at--)
        {
            if (zip.AsSpan(at, text.Length).SequenceEqual(text) && BinaryPrimitives.ReadUInt32LittleEndian(zip.AsSpan(at - 46)) == 0x02014b50)
            {
                return at - 46;
            }
        }

        throw new InvalidOperationException($"No central record of {name}.");
    }
}
