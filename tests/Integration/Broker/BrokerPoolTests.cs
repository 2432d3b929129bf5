using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Broker;

/// <summary>Goal: there are as many namespaces as are wanted, whoever wants them, none is lost, and what is too many goes slowly. Method: a real broker, and the links its machine has: one a namespace.</summary>
public sealed partial class BrokerPoolTests
{
    private const string Grants = """[{"addresses":["203.0.113.0/24"],"ports":[443]}]""";

    [BrokerFact]
    public async Task A_pool_that_was_missed_grows_by_itself_and_the_next_find_one_ready()
    {
        const int ready = 2, taken = 4;
        await using var stand = await BrokerStand.StartAsync("--ready", $"{ready}", "--spaces", "128");
        var worker = await stand.WorkerAsync();
        var (digest, envelope) = stand.Profile(Grants);
        Assert.Null((await worker.DeclareAsync(digest, envelope, default)).Code);
        await UntilLinksAsync(stand, ready);

        // More at once than lie ready.
        var given = await Task.WhenAll(Enumerable.Range(0, taken).Select(_ => BrokerStand.AskTakeAsync(worker, digest)));
        Assert.All(given, static one => Assert.Null(one.Code));
        var misses = given.Count(static one => one.Hit == false);
        Assert.InRange(misses, 1, taken - ready);

        // Twice as many for each miss; and nobody asks for them.
        var target = ready << misses;
        await UntilLinksAsync(stand, taken + target);
        var again = await Task.WhenAll(Enumerable.Range(0, target).Select(_ => BrokerStand.AskTakeAsync(worker, digest)));
        // The last of them has its link a moment before it is ready.
        misses = again.Count(static one => one.Hit == false);
        Assert.InRange(misses, 0, 1);
        await UntilLinksAsync(stand, taken + target + (target << misses));
    }

    [BrokerFact]
    public async Task What_is_too_many_is_deleted_one_after_the_other_with_pauses()
    {
        // As the broker has it: twenty a second.
        const int many = 16, pauseMs = 50;
        await using var stand = await BrokerStand.StartAsync("--ready", $"{many}", "--spaces", "64");
        var worker = await stand.WorkerAsync();
        var (digest, envelope) = stand.Profile(Grants);
        Assert.Null((await worker.DeclareAsync(digest, envelope, default)).Code);
        await UntilLinksAsync(stand, many);
        await using var monitor = await LinkMonitor.StartAsync(stand);

        // All of them at once, and nothing takes their place.
        File.WriteAllText(stand.Withdrawn, digest + "\n");
        await UntilLinksAsync(stand, 0);
        await stand.UntilAsync(() => monitor.Deleted.Count == many, $"{many} deletions are told");

        var at = monitor.Deleted;
        // The clock that the broker looks at goes in steps of a few milliseconds.
        var least = TimeSpan.FromMilliseconds((many - 1) * (pauseMs - 8));
        Assert.True(at[^1] - at[0] >= least, $"{many} deletions within {(at[^1] - at[0]).TotalMilliseconds} ms");
        for (var i = 0; i + 5 < at.Count; i++)
        {
            // Not in bursts either. One may be told late, which shortens the time to the next.
            Assert.True(at[i + 5] - at[i] >= TimeSpan.FromMilliseconds(3 * pauseMs), $"six deletions within {(at[i + 5] - at[i]).TotalMilliseconds} ms, from the {i}th on");
        }
    }

    [BrokerFact]
    public async Task A_worker_that_has_them_all_lying_ready_for_one_profile_gives_way_to_another()
    {
        // As many as a stock keeps: it is content, and the broker has none left.
        const int spaces = 8, wanted = 3;
        await using var stand = await BrokerStand.StartAsync("--ready", "0", "--spaces", $"{spaces}");
        await using var gate = new BrokerGate(stand.SocketPath);
        var (one, other) = (Credential(stand, "one"), Credential(stand, "other"));
        gate.Prepare(one);
        await UntilLinksAsync(stand, spaces);
        // They have all come when another worker gets none, not even one that lies ready at the broker.
        var stranger = await stand.WorkerAsync();
        var (digest, envelope) = stand.Profile(Grants, name: "stranger");
        Assert.Null((await stranger.DeclareAsync(digest, envelope, default)).Code);
        await stand.UntilAsync(
            async () =>
            {
                var taken = await BrokerStand.AskTakeAsync(stranger, digest);
                if (taken.Code == BrokerCodes.NoSpace)
                {
                    return true;
                }

                await BrokerStand.ReleaseAsync(stranger, taken);
                return false;
            },
            "the one worker has all of them");

        var held = new List<IEgressSpace>();
        for (var i = 0; i < wanted; i++)
        {
            held.Add(await gate.TakeAsync(other, default));
        }

        Assert.All(held, static space => Assert.False(space.IsLost));
        // And the one it gave way for still has its own, once there are any.
        held.ForEach(static space => space.Dispose());
        (await gate.TakeAsync(one, default)).Dispose();
    }

    [BrokerFact]
    public async Task A_take_that_is_cancelled_as_its_answer_comes_loses_no_namespace()
    {
        // More askers than processors: whoever has an answer in hand is often interrupted there.
        const int spaces = 8, askers = 8, tries = 1_000;
        await using var stand = await BrokerStand.StartAsync("--ready", $"{spaces}", "--spaces", $"{spaces}");
        var worker = await stand.WorkerAsync();
        var (digest, envelope) = stand.Profile(Grants);
        Assert.Null((await worker.DeclareAsync(digest, envelope, default)).Code);
        await stand.UntilAsync(async () => await BrokerStand.AskTakeAsync(worker, digest) is { Code: null } first && (await BrokerStand.ReleaseAsync(worker, first)).Code is null, "there is one");
        var usual = await UsualAsync(worker, digest);
        var counts = await Task.WhenAll(Enumerable.Range(0, askers).Select(seed => Task.Run(() => CancelAsync(worker, digest, usual, new Random(seed), tries))));
        var (given, cancelled) = (counts.Sum(static one => one.Given), counts.Sum(static one => one.Cancelled));
        Assert.True(given > 0 && cancelled > 0, $"{given} were given and {cancelled} cancelled: that tries nothing");
        // All that there are, at once.
        var all = new List<BrokerReply>();
        await stand.UntilAsync(
            async () =>
            {
                if (await BrokerStand.AskTakeAsync(worker, digest) is { Code: null } taken)
                {
                    all.Add(taken);
                }

                return all.Count == spaces;
            },
            $"every namespace can be had again, after {given} given and {cancelled} cancelled takes");
    }

    /// <summary>Takes, each cancelled around the time its answer takes: before it, with it, after it.</summary>
    private static async Task<(int Given, int Cancelled)> CancelAsync(BrokerConnection worker, string digest, TimeSpan usual, Random spread, int tries)
    {
        var (given, cancelled) = (0, 0);
        for (var i = 0; i < tries; i++)
        {
            using var cancel = new CancellationTokenSource();
            var asked = worker.AskAsync(new BrokerRequest(0, BrokerProtocol.Take) { Digest = digest }, cancel.Token);
            // No timer is as fine as that.
            var (began, until) = (Stopwatch.GetTimestamp(), usual * 2 * spread.NextDouble());
            while (Stopwatch.GetElapsedTime(began) < until)
            {
                Thread.SpinWait(10);
            }

            await cancel.CancelAsync();
            try
            {
                if ((await asked).Reply is { Code: null } reply)
                {
                    given++;
                    await BrokerStand.ReleaseAsync(worker, reply);
                }
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }
        }

        return (given, cancelled);
    }

    /// <summary>How long an answer takes here: half of them come sooner.</summary>
    private static async Task<TimeSpan> UsualAsync(BrokerConnection worker, string digest)
    {
        var took = new List<TimeSpan>();
        while (took.Count < 51)
        {
            var began = Stopwatch.GetTimestamp();
            var taken = await BrokerStand.AskTakeAsync(worker, digest);
            took.Add(Stopwatch.GetElapsedTime(began));
            Assert.Null((await BrokerStand.ReleaseAsync(worker, taken)).Code);
        }

        took.Sort();
        return took[took.Count / 2];
    }

    private static EgressCredential Credential(BrokerStand stand, string name) => EgressCredential.TryParse(stand.Profile(Grants, name: name).Envelope, out _)!;

    private static async Task UntilLinksAsync(BrokerStand stand, int wanted)
    {
        var seen = -1;
        try
        {
            await stand.UntilAsync(
                async () =>
                {
                    var links = await stand.Network.IpAsync($"-n {stand.Network.Machine} -br link");
                    return (seen = links.Split('\n').Count(static line => line.StartsWith("vxb", StringComparison.Ordinal))) == wanted;
                },
                $"there are {wanted} namespaces");
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"There are {seen} namespaces. {late.Message}");
        }
    }

    /// <summary>When links of the broker's machine go, as the kernel tells it.</summary>
    private sealed partial class LinkMonitor : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly List<DateTime> _deleted = [];

        private LinkMonitor(Process process) => _process = process;

        public List<DateTime> Deleted
        {
            get
            {
                lock (_deleted)
                {
                    return [.. _deleted];
                }
            }
        }

        public static async Task<LinkMonitor> StartAsync(BrokerStand stand)
        {
            string[] line = ["-n", stand.Network.Machine, "-ts", "-o", "monitor", "link"];
            var monitor = new LinkMonitor(new Process { StartInfo = new ProcessStartInfo("ip", line) { RedirectStandardOutput = true } });
            var hears = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            monitor._process.OutputDataReceived += (_, said) =>
            {
                hears.TrySetResult();
                monitor.Hear(said.Data);
            };
            monitor._process.Start();
            monitor._process.BeginOutputReadLine();
            // It listens when it has told of something.
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            for (var i = 0; !hears.Task.IsCompleted; i++)
            {
                await stand.Network.IpAsync($"-n {stand.Network.Machine} link set lo {(i % 2 == 0 ? "down" : "up")}");
                await pace.WaitForNextTickAsync();
            }

            await stand.Network.IpAsync($"-n {stand.Network.Machine} link set lo up");
            return monitor;
        }

        public async ValueTask DisposeAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        private void Hear(string? line)
        {
            if (line is not null && Deletion().Match(line) is { Success: true } found)
            {
                lock (_deleted)
                {
                    _deleted.Add(DateTime.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture));
                }
            }
        }

        [GeneratedRegex(@"^\[([^\]]+)\].*Deleted \d+: vxb")]
        private static partial Regex Deletion();
    }
}
