using System.Text.Json;

namespace Voxeltron.Cli.Fabric;

public sealed partial class FabricClient
{
    /// <param name="seconds">How long to wait for one; 0: not at all.</param>
    public Task<GatePage> GatesAsync(string state, int seconds, CancellationToken cancel) =>
        GetAsync($"v1/gates?state={Uri.EscapeDataString(state)}&wait={seconds}s", ApiJson.Default.GatePage, "Reading gates", cancel);

    public Task<GateDetailAnswer> GateAsync(string mission, long gate, CancellationToken cancel) =>
        GetAsync($"v1/gates/{Uri.EscapeDataString(mission)}/{gate}", ApiJson.Default.GateDetailAnswer, $"Reading gate {gate}", cancel);

    public async Task<DecisionAnswer> DecideAsync(string mission, long gate, DecisionRequest decision, CancellationToken cancel)
    {
        var (body, key) = (JsonSerializer.SerializeToUtf8Bytes(decision, ApiJson.Default.DecisionRequest), Guid.NewGuid().ToString("N"));
        return await SendAsync(
            () =>
            {
                var request = Bytes(HttpMethod.Post, $"v1/gates/{Uri.EscapeDataString(mission)}/{gate}:decide", body, "application/json");
                request.Headers.Add("Idempotency-Key", key);
                return request;
            },
            ApiJson.Default.DecisionAnswer,
            "Deciding",
            cancel);
    }

    public Task<ApproverPage> ApproversAsync(CancellationToken cancel) => GetAsync("v1/approvers", ApiJson.Default.ApproverPage, "Reading approvers", cancel);

    public async Task<ApproverActAnswer> EnrollApproverAsync(ApproverRequest approver, CancellationToken cancel)
    {
        var (body, key) = (JsonSerializer.SerializeToUtf8Bytes(approver, ApiJson.Default.ApproverRequest), Guid.NewGuid().ToString("N"));
        return await SendAsync(
            () =>
            {
                var request = Bytes(HttpMethod.Post, "v1/approvers", body, "application/json");
                request.Headers.Add("Idempotency-Key", key);
                return request;
            },
            ApiJson.Default.ApproverActAnswer,
            $"Enrolling {approver.Name}",
            cancel);
    }

    public async Task<ApproverActAnswer> RevokeApproverAsync(string name, CancellationToken cancel)
    {
        var key = Guid.NewGuid().ToString("N");
        return await SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Delete, $"v1/approvers/{Uri.EscapeDataString(name)}");
                request.Headers.Add("Idempotency-Key", key);
                return request;
            },
            ApiJson.Default.ApproverActAnswer,
            $"Revoking {name}",
            cancel);
    }

    public Task<WhoAmIAnswer> WhoAmIAsync(CancellationToken cancel) => GetAsync("v1/whoami", ApiJson.Default.WhoAmIAnswer, "Asking who this key is", cancel);
}
