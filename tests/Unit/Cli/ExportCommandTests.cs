using System.Net;
using Voxeltron.Cli;
using Voxeltron.Cli.Commands;
using Voxeltron.Cli.Fabric;
using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Cli;

/// <summary>Goal: after <c>voxeltron export</c> there is a whole export or none. Method: an Api that answers with whole, cut and changed files.</summary>
public sealed class ExportCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vxt-cli-export-").FullName;

    private string Target => Path.Combine(_folder, "log.zip");

    [Fact]
    public async Task A_whole_export_is_kept_and_the_part_asked_for_is_named()
    {
        var whole = await ExportFile.WriteAsync(SampleLog.Build().Log);
        var (text, path) = await RunAsync(whole, "--tenant", "clinic", "--mission", "mission_1");

        Assert.Equal(whole, await File.ReadAllBytesAsync(Target));
        Assert.Contains("26 entries in 3 streams", text, StringComparison.Ordinal);
        Assert.Equal("/v1/export?tenant=clinic&mission=mission_1", path);
        Assert.Equal([Target], Directory.EnumerateFiles(_folder));
    }

    [Fact]
    public async Task Half_an_export_and_a_changed_one_leave_nothing_behind()
    {
        var whole = await ExportFile.WriteAsync(SampleLog.Build().Log);
        await Assert.ThrowsAsync<CliException>(() => RunAsync(whole[..(whole.Length / 2)]));

        var changed = ExportFile.Unzip(whole);
        changed.Replace("heads.jsonl", static text => text.Replace("\"epoch\":1", "\"epoch\":2", StringComparison.Ordinal));
        var fault = await Assert.ThrowsAsync<CliException>(() => RunAsync(changed.Zip()));
        Assert.Contains("changed on its way", fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder));
    }

    [Fact]
    public async Task A_file_that_is_there_is_replaced_only_when_one_says_so()
    {
        var whole = await ExportFile.WriteAsync(SampleLog.Build().Log);
        await File.WriteAllTextAsync(Target, "precious");

        await Assert.ThrowsAsync<CliException>(() => RunAsync(whole));
        await Assert.ThrowsAsync<CliException>(() => RunAsync(whole[..100], "--force"));
        Assert.Equal("precious", await File.ReadAllTextAsync(Target));

        await RunAsync(whole, "--force");
        Assert.Equal(whole, await File.ReadAllBytesAsync(Target));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<(string Text, string? Path)> RunAsync(byte[] answer, params string[] words)
    {
        using var api = new FileApi(answer);
        using var client = new FabricClient(StubApi.Address, api);
        await using var output = new StringWriter();
        await ExportCommand.RunAsync(client, Arguments.Parse(["--out", Target, .. words], "--out", "--tenant", "--mission"), output, CancellationToken.None);
        return (output.ToString(), api.Path);
    }

    private sealed class FileApi(byte[] answer) : HttpMessageHandler
    {
        public string? Path { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Path = request.RequestUri?.PathAndQuery;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(answer) });
        }
    }
}
