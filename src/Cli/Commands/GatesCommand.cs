using Voxeltron.Cli.Fabric;
using Voxeltron.Ultra;

namespace Voxeltron.Cli.Commands;

/// <summary><c>voxeltron gates …</c>: what waits for people, what exactly they are asked, and their answer, signed with their own key.</summary>
public static class GatesCommand
{
    public static readonly string[] Options = ["--key", "--name", "--comment", "--public-key", "--principal", "--state", "--seconds"];

    private const int DefaultSeconds = 55;

    public static async Task<int> RunAsync(FabricClient client, Arguments arguments, TextWriter output, CancellationToken cancel)
    {
        var (verb, target) = (arguments.Words.Count > 0 ? arguments.Words[0] : "list", arguments.Words.Count > 1 ? arguments.Words[1] : null);
        switch (verb, target)
        {
            case ("list", null):
                return await ListAsync(client, arguments, output, cancel);
            case ("show", { } gate):
                GateText.Write(await FindAsync(client, gate, cancel), output);
                return 0;
            case ("approve" or "deny", { } gate):
                return await DecideAsync(client, gate, verb == GateStatement.Approve, arguments, output, cancel);
            case ("key", null):
                return ShowKey(arguments, output);
            case ("enroll", null):
                return await EnrollAsync(client, arguments, output, cancel);
            case ("revoke", { } name):
                await client.RevokeApproverAsync(name, cancel);
                output.WriteLine($"{name} is revoked: decisions signed with that key count no more.");
                return 0;
            case ("approvers", null):
                return await ApproversAsync(client, output, cancel);
            default:
                throw new CliException("gates knows list, show GATE, approve GATE, deny GATE, key, enroll, revoke NAME and approvers; GATE is MISSION/NUMBER as in the list.");
        }
    }

    private static async Task<int> ListAsync(FabricClient client, Arguments arguments, TextWriter output, CancellationToken cancel)
    {
        var wait = arguments.Has("--wait") ? arguments.WholeNumber("--seconds", DefaultSeconds, 1, DefaultSeconds) : 0;
        var page = await client.GatesAsync(arguments.Text("--state") ?? "pending", wait, cancel);
        foreach (var gate in page.Gates)
        {
            output.WriteLine($"{gate.MissionId}/{gate.Gate}  {gate.State}  {gate.Name}  task {gate.TaskKey}  {gate.Approvals.Count} of {gate.Quorum}  since {gate.TimeOpened}{(gate.TimeExpires is null ? "" : $"  until {gate.TimeExpires}")}");
        }

        if (page.Gates.Count == 0)
        {
            output.WriteLine("Nothing waits for people.");
        }

        return 0;
    }

    private static async Task<int> DecideAsync(FabricClient client, string name, bool approves, Arguments arguments, TextWriter output, CancellationToken cancel)
    {
        var gate = await FindAsync(client, name, cancel);
        // What is signed is the digest of what stands on the screen, whatever the API says it is.
        var digest = GateText.Write(gate, output);
        SignatureRequest? signature = null;
        if (arguments.Text("--key") is { } path)
        {
            var approver = arguments.Text("--name") ?? throw new CliException("With --key say under which name that key is enrolled: --name NAME.");
            var me = await client.WhoAmIAsync(cancel);
            using var signer = ApproverKey.Read(path);
            var mission = Voxeltron.Kernel.MissionId.TryParse(gate.Gate.MissionId, out var id) ? id : throw new CliException($"'{gate.Gate.MissionId}' is no mission.");
            var bytes = GateStatement.Sign(signer, new Voxeltron.Kernel.TenantId(me.Tenant), mission, gate.Gate.Gate, digest, approves);
            signature = new SignatureRequest(approver, signer.KeyId.Value, Convert.ToBase64String(bytes));
        }

        var word = approves ? GateStatement.Approve : GateStatement.Deny;
        var answer = await client.DecideAsync(gate.Gate.MissionId, gate.Gate.Gate, new DecisionRequest(word, digest, arguments.Text("--comment"), signature), cancel);
        output.WriteLine(answer.Status switch
        {
            "approved" => $"Approved, seq {answer.Seq}: it goes on.",
            "denied" => $"Denied, seq {answer.Seq}.",
            "counted" => $"Your approval counts, seq {answer.Seq}; more are needed.",
            "voided" => $"Voided, seq {answer.Seq} ({answer.Code}): what you approved is no longer what would be done. If it is asked for again it is another gate: voxeltron gates list",
            _ => $"Sent as intent {answer.IntentId}, durable, and not answered yet; no worker may be up.",
        });
        return answer.Status is "approved" or "denied" or "counted" ? 0 : 1;
    }

    private static int ShowKey(Arguments arguments, TextWriter output)
    {
        var path = arguments.Text("--key") ?? throw new CliException("gates key needs --key FILE.");
        using var signer = ApproverKey.ReadOrCreate(path, out var made);
        output.WriteLine($"{(made ? "Made" : "Read")} {path}; keep it to yourself. Its public half, for an operator to enrol:");
        output.WriteLine($"public key  {Convert.ToBase64String(signer.PublicKey)}");
        output.WriteLine($"key id      {signer.KeyId.Value}");
        return 0;
    }

    private static async Task<int> EnrollAsync(FabricClient client, Arguments arguments, TextWriter output, CancellationToken cancel)
    {
        var name = arguments.Text("--name") ?? throw new CliException("gates enroll needs --name NAME.");
        var key = arguments.Text("--public-key");
        if (key is null)
        {
            using var signer = ApproverKey.ReadOrCreate(arguments.Text("--key") ?? throw new CliException("gates enroll needs --public-key KEY of the approver, or --key FILE of one's own."), out var made);
            output.WriteLine(made ? "Made a key; its private half stays in that file." : "The private half of the key stays in its file.");
            key = Convert.ToBase64String(signer.PublicKey);
        }

        var principal = arguments.Text("--principal") ?? (await client.WhoAmIAsync(cancel)).KeyId;
        var answer = await client.EnrollApproverAsync(new ApproverRequest(name, key, principal), cancel);
        output.WriteLine(answer.Seq is { } seq
            ? $"{name} is enrolled, seq {seq} of the tenant's system stream: decisions signed with that key count when they come with API key {principal}."
            : $"Sent as intent {answer.IntentId}, durable, and not answered yet; no worker may be up.");
        return answer.Seq is null ? 1 : 0;
    }

    private static async Task<int> ApproversAsync(FabricClient client, TextWriter output, CancellationToken cancel)
    {
        foreach (var approver in (await client.ApproversAsync(cancel)).Approvers)
        {
            output.WriteLine($"{approver.Name}  {approver.Kid}  API key {approver.Principal}  since {approver.TimeEnrolled}{(approver.TimeRevoked is null ? "" : $"  revoked {approver.TimeRevoked}")}");
        }

        return 0;
    }

    private static async Task<GateDetailAnswer> FindAsync(FabricClient client, string name, CancellationToken cancel)
    {
        var slash = name.LastIndexOf('/');
        return slash > 0 && long.TryParse(name.AsSpan(slash + 1), out var gate)
            ? await client.GateAsync(name[..slash], gate, cancel)
            : throw new CliException($"'{name}' is no gate: it is MISSION/NUMBER, as in voxeltron gates list.");
    }
}
