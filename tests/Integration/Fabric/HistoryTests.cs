using Voxeltron.Tests.Support.Histories;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: to everyone outside its owner a mission is strictly serializable, whatever dies. Method: clients and long-lived agents
/// do random transactions over lists, registers, counters and unique keys while the owner is killed, and once the Api; two judges
/// that share nothing, one by inference and search, one by the log's order, are given what was seen from outside.
/// </summary>
public sealed class HistoryTests(FabricFixture fixture, ITestOutputHelper output) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private const int Kills = 3;

    /// <summary>With this owner the Api is killed too: clients send again, the follower goes on after the last event it has.</summary>
    private const int KillWithApi = 2;
    private const int Clients = 4;
    private const int TransactionsOfAClient = 40;
    private const int Agents = 6;
    private const int TransactionsOfAnAgent = 40;
    private const int Groups = 20;
    private const int AgentPeriodUs = 20_000;

    private static readonly string[] s_kinds = ["lr", "la", "rr", "rw", "cr", "ca", "ur", "ui", "ud"];

    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task What_clients_and_agents_saw_of_a_mission_whose_owner_was_killed_is_strictly_serializable()
    {
        var seed = Environment.TickCount & 0xFFFF;
        output.WriteLine($"seed {seed}");
        var worker = await _fabric.StartWorkerAsync();
        var mission = await HistoryMission.OpenAsync(_fabric, "history");
        var following = mission.Events.FollowAsync();
        var agents = Enumerable.Range(1, Agents).Select(i => mission.DoAsync($"agent-{i}", $"many {(seed % 900 * 10) + i} {TransactionsOfAnAgent} {AgentPeriodUs} {Groups}")).ToList();
        var clients = Enumerable.Range(0, Clients).Select(client => ActAsync(mission, client, new Random(seed + client))).ToList();
        var all = Task.WhenAll([.. agents, .. clients]);
        for (var kill = 1; kill <= Kills; kill++)
        {
            var enough = kill * Agents * TransactionsOfAnAgent / (Kills + 2);
            await _fabric.UntilAsync($"Before kill {kill}", $"{enough} actions", () => Task.FromResult(mission.Actions), actions => actions >= enough);
            // The one that is killed is its owner: a worker that had not come so far would be no crash.
            await _fabric.UntilAsync($"Before kill {kill}", $"{kill} owners so far", () => _fabric.OwnersAsync(mission.Mission), owners => owners.Count == kill);
            await worker.KillAsync();
            if (kill == KillWithApi)
            {
                await _fabric.RestartApiAsync();
            }

            worker = await _fabric.StartWorkerAsync();
        }

        await _fabric.UntilAsync("After the last kill", $"{Kills + 1} owners", () => _fabric.OwnersAsync(mission.Mission), static owners => owners.Count == Kills + 1);
        await _fabric.UntilAsync("Ending the transactions", "all to have ended", () => Task.FromResult(all.IsCompleted), static ended => ended);
        await all;
        // One for each group: a transaction over all of them would tie all objects together, and the search is for small components.
        await Task.WhenAll(Enumerable.Range(0, Groups).Select(group => mission.DoAsync($"final-{group}", $"once lr g{group};rr g{group};cr g{group};ur g{group}")));
        await _fabric.CloseAsync(mission.Mission);
        await _fabric.EndAsync(mission.Mission, "The mission of transactions");
        await following;
        Assert.True(mission.Events.Connections > 1, "The follower was never cut off.");
        await mission.Events.AssertSawTheLogAsync();

        var (history, order) = await mission.JudgeableAsync();
        output.WriteLine($"{history.Operations.Count} transactions, {history.Operations.Sum(static operation => operation.Steps.Count)} operations");
        Assert.Equal((Clients * TransactionsOfAClient) + (Agents * TransactionsOfAnAgent) + Groups, history.Operations.Count);
        Assert.Equal(Kills + 1, (await _fabric.OwnersAsync(mission.Mission)).Count);
        AssertValid(HistoryChecker.Check(history), seed);
        AssertValid(TotalOrderValidator.Check(history, order), seed);
        AssertTamperingIsFound(history, order);
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission.Mission);
    }

    private static void AssertValid(Verdict verdict, int seed) => Assert.True(verdict.IsValid, $"seed {seed}\n{verdict}");

    /// <summary>A judge that accepts everything would have accepted the above: one answer changed, of each kind, must not pass either.</summary>
    private static void AssertTamperingIsFound(History history, List<CommitPosition> order)
    {
        Tamper(history, order, static step => step is ListRead { Value.Length: > 1 } read ? read with { Value = read.Value[..^1] } : null);
        Tamper(history, order, static step => step is ListRead { Value.Length: > 1 } read ? read with { Value = [read.Value[1], read.Value[0], .. read.Value[2..]] } : null);
        Tamper(history, order, static step => step is RegisterRead { Value: not null } read ? read with { Value = null } : null);
        Tamper(history, order, static step => step is CounterRead read ? read with { Value = read.Value + 1_000_000 } : null);
        Tamper(history, order, static step => step is UniqueInsert insert ? insert with { Inserted = !insert.Inserted } : null);
    }

    private static void Tamper(History history, List<CommitPosition> order, Func<MicroOp, MicroOp?> change)
    {
        // The last one there is: what came before it is known to all, and nothing after it excuses the change.
        var at = history.Operations.Last(operation => operation.Steps.Any(step => change(step) is not null));
        var steps = at.Steps.ToList();
        var changed = steps.FindLastIndex(step => change(step) is not null);
        steps[changed] = change(steps[changed])!;
        var tampered = new History([.. history.Operations.Select(operation => operation == at ? operation with { Steps = steps } : operation)]);
        Assert.True(HistoryChecker.Check(tampered).IsInvalid, $"{at.Name}, with {steps[changed]}, passed");
        Assert.True(TotalOrderValidator.Check(tampered, order).IsInvalid, $"{at.Name}, with {steps[changed]}, passed in the log's order");
    }

    /// <summary>One client: a transaction, its answer, the next. Some trap after they did everything, and are done again.</summary>
    private static async Task ActAsync(HistoryMission mission, int client, Random random)
    {
        for (var i = 0; i < TransactionsOfAClient; i++)
        {
            var group = random.Next(Groups);
            var operations = Enumerable.Range(0, 1 + random.Next(4)).Select(n => Operation(s_kinds[random.Next(s_kinds.Length)], group, ((100 + client) * 1_000_000L) + (i * 10) + n));
            await mission.DoAsync($"c{client}-{i:D3}", $"{(random.Next(6) == 0 ? "trap" : "once")} {string.Join(';', operations)}");
        }
    }

    private static string Operation(string kind, int group, long value) =>
        kind[1] is 'a' or 'w' or 'i' ? $"{kind} g{group} {(kind == "ca" ? 1 + (value % 5) : value)}" : $"{kind} g{group}";
}
