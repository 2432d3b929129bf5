using System.Net;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>
/// Goal: a client that adds up what it is sent has the view, whatever happens to its connections. Method: a seeded writer beside
/// clients that stop reading at random lines, also within events, and come back with the last id they have; folding goes on
/// meanwhile, so that some come too late and read anew.
/// </summary>
public sealed class ViewResumeTests(ApiFixture api, ITestOutputHelper output) : IClassFixture<ApiFixture>
{
    private const string View = "findings";
    private const int Commits = 150;
    private const int Ids = 60;

    [Fact]
    public async Task Every_change_counts_once_over_any_number_of_connections()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("VOXELTRON_TEST_SEED"), out var given) ? given : Environment.TickCount & 0xFFFFFF;
        output.WriteLine($"seed {seed}: VOXELTRON_TEST_SEED={seed}");
        await using var owner = await ViewOwner.BeginAsync(api);
        await owner.DeclareAsync(View, published: true, ViewOwner.Row(1, 1), ViewOwner.Row(2, 2));
        var writing = WriteAsync(owner, new Random(seed));
        var clients = await Task.WhenAll(Enumerable.Range(1, 3).Select(n => FollowAsync(owner.Mission, new Random(seed + n))));
        await writing;
        var content = await owner.ContentAsync(View);
        Assert.Equal(owner.Expected[View], content);
        foreach (var client in clients)
        {
            output.WriteLine($"{client.Connections} connections, {client.Deltas} changes, {client.Snapshots} snapshots, {client.Gone} times 410, {client.Resets} resets, {client.Cut} cut");
            Assert.True(content.SequenceEqual(client.Sum), $"seed {seed}: a client has {string.Join(' ', client.Sum)}, the tables {string.Join(' ', content)}");
        }

        Assert.True(clients.Sum(static client => client.Connections) > 30, $"seed {seed}: the clients hardly reconnected");
        Assert.True(clients.Sum(static client => client.Deltas) > 100, $"seed {seed}: the clients saw hardly a change");
    }

    private static async Task WriteAsync(ViewOwner owner, Random random)
    {
        for (var i = 0; i < Commits; i++)
        {
            var changes = new List<ViewRow[]>();
            for (var entries = random.Next(1, 4); entries > 0; entries--)
            {
                changes.Add(Change(random, random.Next(20) == 0 ? random.Next(480, 1_300) : random.Next(1, 12)));
            }

            await owner.ChangeAllAsync(View, changes);
            if (random.Next(4) == 0)
            {
                // Entries that change nothing: seqs have gaps.
                await owner.CommitAsync(StreamProjection.Empty, random.Next(1, 3));
            }

            if (random.Next(10) == 0)
            {
                await owner.FoldAsync(TimeSpan.FromMilliseconds(random.Next(4) == 0 ? 0 : 150));
            }
        }

        await owner.EndAsync();
    }

    /// <summary>Distinct rows, by key; far more than there are ids when the change is a large one.</summary>
    private static ViewRow[] Change(Random random, int rows) =>
    [
        .. Enumerable.Range(0, rows).Select(i => rows > Ids ? i + 1_000 : random.Next(Ids)).Distinct().Order()
            .Select(id => ViewOwner.Row(id, random.Next(2) == 0 ? 1 : -1)),
    ];

    private async Task<Follower> FollowAsync(MissionId mission, Random random)
    {
        var own = new Follower();
        while (!own.Ended)
        {
            own.Connections++;
            try
            {
                await ConnectAsync(own, mission, random);
            }
            catch (Exception cut) when (cut is IOException or HttpRequestException)
            {
                // An event whose rest was folded while it was on its way is cut, and so never happened.
                own.Cut++;
            }
        }

        return own;
    }

    private async Task ConnectAsync(Follower own, MissionId mission, Random random)
    {
        var byHeader = random.Next(2) == 0;
        using var response = await ViewClient.SendAsync(
            api.Operator, mission, View, own.Last is null || byHeader ? "" : $"?after={own.Last}", byHeader ? own.Last?.ToString() : null);
        if (response.StatusCode == HttpStatusCode.Gone)
        {
            own.Gone++;
            own.Last = null;
            return;
        }

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var client = new ViewClient(response);
        var lines = new ViewClient.Budget(random.Next(1, 60));
        while (!own.Ended && await client.NextAsync(lines) is { } news)
        {
            own.Take(news);
        }
    }

    private sealed class Follower
    {
        public SortedDictionary<int, long> Sum { get; private set; } = [];

        /// <summary>Null: begin anew.</summary>
        public long? Last { get; set; }

        public bool Ended { get; private set; }

        public int Connections { get; set; }

        public int Deltas { get; private set; }

        public int Snapshots { get; private set; }

        public int Gone { get; set; }

        public int Resets { get; private set; }

        public int Cut { get; set; }

        public void Take(ViewEvent news)
        {
            switch (news.Name)
            {
                case "snapshot":
                    Assert.Null(Last);
                    Sum = [];
                    Snapshots++;
                    break;
                case "delta":
                    Assert.True(news.Seq > Last, $"{news.Seq} came after {Last}");
                    Deltas++;
                    break;
                case "mission.end":
                    Ended = true;
                    return;
                case "reset":
                    Last = null;
                    Resets++;
                    return;
                default:
                    Assert.Fail($"event {news.Name}");
                    break;
            }

            Assert.Equal(news.Seq.ToString(), news.Id);
            Last = news.Seq;
            foreach (var (id, weight) in news.Rows)
            {
                ViewOwner.Add(Sum, id, weight);
            }
        }
    }
}
