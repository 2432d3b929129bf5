using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Worker;

/// <summary>Goal: a mission whose servers never answer holds up itself and no other. Method: places of a real desk, taken and never given back.</summary>
public sealed class EgressQuotaTests
{
    private static readonly CellRequest s_small = Request(1024);

    [Fact]
    public async Task A_mission_has_its_share_of_requests_and_the_next_waits_for_one_of_its_own()
    {
        await using var desk = new EgressDesk(new ClosedGate("none"), [], TimeProvider.System);
        var (greedy, other) = (desk.Quota(), desk.Quota());
        var places = new List<IDisposable>();
        for (var i = 0; i < EgressDesk.MostOfOneMission; i++)
        {
            places.Add(await greedy.EnterAsync(s_small, default).WaitAsync(TimeSpan.FromSeconds(10)));
        }

        var next = greedy.EnterAsync(s_small, default);
        Assert.False(next.IsCompleted);
        (await other.EnterAsync(s_small, default).WaitAsync(TimeSpan.FromSeconds(10))).Dispose();
        Assert.False(next.IsCompleted);

        places[0].Dispose();
        places[0].Dispose();
        places[0] = await next.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.False(greedy.EnterAsync(s_small, new CancellationToken(canceled: true)).IsCompletedSuccessfully);
        places.ForEach(static place => place.Dispose());
        (await greedy.EnterAsync(s_small, default).WaitAsync(TimeSpan.FromSeconds(10))).Dispose();
    }

    [Fact]
    public async Task Large_answers_fill_a_missions_bytes_before_its_requests_and_leave_others_theirs()
    {
        await using var desk = new EgressDesk(new ClosedGate("none"), [], TimeProvider.System);
        var (greedy, other) = (desk.Quota(), desk.Quota());
        var large = Request(4 * 1024 * 1024);
        var taken = 0;
        while (greedy.EnterAsync(large, default) is { IsCompletedSuccessfully: true })
        {
            taken++;
        }

        Assert.Equal(32, taken);
        // Small ones do not pass by the large one that waits.
        Assert.False(greedy.EnterAsync(s_small, default).IsCompleted);
        (await other.EnterAsync(large, default).WaitAsync(TimeSpan.FromSeconds(10))).Dispose();
    }

    [Fact]
    public async Task Many_missions_together_have_what_the_host_has_and_who_gives_up_takes_nothing_along()
    {
        await using var desk = new EgressDesk(new ClosedGate("none"), [], TimeProvider.System);
        var missions = Enumerable.Range(0, 9).Select(_ => desk.Quota()).ToList();
        var places = new List<IDisposable>();
        foreach (var mission in missions.Take(8))
        {
            for (var i = 0; i < EgressDesk.MostOfOneMission; i++)
            {
                places.Add(await mission.EnterAsync(s_small, default).WaitAsync(TimeSpan.FromSeconds(10)));
            }
        }

        using var cancel = new CancellationTokenSource();
        var ninth = missions[8].EnterAsync(s_small, cancel.Token);
        Assert.False(ninth.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ninth);
        places[0].Dispose();
        for (var i = 0; i < 3; i++)
        {
            (await missions[8].EnterAsync(s_small, default).WaitAsync(TimeSpan.FromSeconds(10))).Dispose();
        }
    }

    private static CellRequest Request(int responseBytes)
    {
        Assert.True(EgressUrl.TryParse("https://a.example/", out var url));
        return new CellRequest(1, "GET", url!, [], [], 1000, responseBytes, 0, "");
    }
}
