using Microsoft.AspNetCore.Http;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Broker;
using Voxeltron.Tests.Integration.Fabric;
using Xunit;

namespace Voxeltron.Tests.Integration.Egress;

/// <summary>
/// Goal: a cell's https ends at the server whose name it gave and nowhere else, through broker and walls: by the certificates of its profile, and
/// without any by those of the machine. Method: real cells, real workers behind walls, real servers with certificates of the test.
/// </summary>
public sealed class EgressTlsTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private const string Name = "tls.test";
    private const string Misnamed = "misnamed.test";

    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [BrokerFact]
    public async Task The_certificates_of_the_profile_are_trusted_for_their_names_and_no_others_are()
    {
        await using var scene = await EgressScene.StartAsync(_fabric);
        using var authority = TestAuthority.Make();
        using var stranger = TestAuthority.Make("Another authority");
        var asked = 0;
        Task AnswerAsync(HttpContext http)
        {
            Interlocked.Increment(ref asked);
            return http.Response.WriteAsync($"over tls to {http.Request.Host.Host}");
        }

        var issuerAsked = 0;
        var issuer = await scene.ServeAsync(EgressScene.One, http =>
        {
            Interlocked.Increment(ref issuerAsked);
            return http.Response.Body.WriteAsync(stranger.RawData).AsTask();
        });
        var good = await scene.ServeAsync(EgressScene.One, AnswerAsync, TestAuthority.Certificate(authority, Name));
        // Says where its issuer is to be had: a library that went there would be a way out past the profile.
        var unknown = await scene.ServeAsync(EgressScene.One, AnswerAsync, TestAuthority.Certificate(stranger, Name, $"http://{EgressScene.One}:{issuer}/issuer.cer"));
        var plain = await scene.ServeAsync(EgressScene.One, AnswerAsync);
        scene.Name(Name, EgressScene.One);
        scene.Name(Misnamed, EgressScene.One);
        await scene.StartWorkerAsync();
        var mission = await scene.OpenAsync("trusting", scene.Sign(
            $$"""[{"host":"{{Name}}","ports":[{{good}},{{unknown}},{{plain}}]},{"host":"{{Misnamed}}","ports":[{{good}}]}]""", trust: authority.ExportCertificatePem()));

        var said = $"over tls to {Name}";
        Assert.Equal(
            [$"good 1 200 {said.Length} - {said}", "misnamed 2 tls_failed 0 - ", "unknown 3 tls_failed 0 - ", "plain 4 tls_failed 0 - ", $"again 5 200 {said.Length} - {said}"],
            await scene.RunAsync(mission, "x", $"""
                GET https://{Name}:{good}/ tag=good
                GET https://{Misnamed}:{good}/ tag=misnamed
                GET https://{Name}:{unknown}/ tag=unknown
                GET https://{Name}:{plain}/ tag=plain
                GET https://{Name}:{good}/again tag=again
                """));
        await scene.EndAsync(mission);
        // No byte of a request went to who could not show who it is.
        Assert.Equal((2, 0), (asked, issuerAsked));
        var failed = await FailuresAsync(mission);
        Assert.Equal(3, failed.Count);
        Assert.Contains(failed, static reason => reason.Contains("RemoteCertificateNameMismatch", StringComparison.Ordinal));
        Assert.Contains(failed, static reason => reason.Contains("PartialChain", StringComparison.Ordinal) || reason.Contains("UntrustedRoot", StringComparison.Ordinal));
        Assert.Equal([EgressScene.One], await _fabric.AuditRowsAsync($"select distinct address from audit.egress where mission_id = '{mission.Value}' and outcome = 'replied'"));
    }

    [BrokerFact]
    public async Task Without_certificates_in_the_profile_those_of_the_machine_are_read_from_behind_the_walls()
    {
        await using var scene = await EgressScene.StartAsync(_fabric);
        using var authority = TestAuthority.Make();
        var port = await scene.ServeAsync(EgressScene.One, static http => http.Response.WriteAsync("over tls"), TestAuthority.Certificate(authority, Name));
        scene.Name(Name, EgressScene.One);
        var egress = scene.Sign($$"""[{"host":"{{Name}}","ports":[{{port}}]}]""");
        var command = $"GET https://{Name}:{port}/ tag=a";

        // What this machine trusts does not have the test's authority in it, and is said to be the reason: not a file that could not be read.
        var worker = await scene.StartWorkerAsync();
        var mission = await scene.OpenAsync("machine", egress);
        Assert.Equal(["a 1 tls_failed 0 - "], await scene.RunAsync(mission, "stranger", command));
        var reason = Assert.Single(await FailuresAsync(mission));
        Assert.Matches("PartialChain|UntrustedRoot", reason);
        await worker.KillAsync();

        // The very directory, with the authority in it for this worker alone.
        var trusted = Directory.CreateTempSubdirectory("vxt-trusted-").FullName;
        try
        {
            File.SetUnixFileMode(trusted, Launched.Passable | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            await File.WriteAllTextAsync(Path.Combine(trusted, "authority.pem"), authority.ExportCertificatePem());
            await scene.StartWorkerAsync(["unshare", "--mount", "sh", "-c", "mount --bind \"$0\" /etc/ssl/certs && exec \"$@\"", trusted]);
            Assert.Equal(["a 1 200 8 - over tls"], await scene.RunAsync(mission, "known", command));
            await scene.EndAsync(mission);
        }
        finally
        {
            Directory.Delete(trusted, recursive: true);
        }
    }

    private async Task<IReadOnlyList<string>> FailuresAsync(MissionId mission) =>
        await _fabric.RowsAsync($"select convert_from(payload, 'UTF8') from journal.entry where stream_id = '{mission.Value}' and kind = 'http.failed' order by seq");
}
