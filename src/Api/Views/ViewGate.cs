using Voxeltron.Api.Http;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Views;

/// <summary>
/// How many views are read whole at once. Each such reader has one of the process's few connections and a snapshot of the
/// database for as long as its client takes the rows, so there are places for half of them, and each for a bounded time.
/// Followers need no place once they have their snapshot.
/// </summary>
internal sealed class ViewGate(ViewQueries views, TimeProvider clock) : IDisposable
{
    private const int Places = FabricDataSource.ServiceConnections / 2;

    /// <summary>Then the response is cut: JSON without its end, an event without its empty line.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _places = new(Places, Places);

    public void Dispose() => _places.Dispose();

    /// <summary>Reads a view within a place.</summary>
    /// <param name="read">Gets null when the mission has no such view, and a token that ends with the time too.</param>
    public async Task<T> ReadAsync<T>(TenantId tenant, MissionId mission, string view, Func<ViewSnapshot?, CancellationToken, Task<T>> read, CancellationToken cancel)
    {
        if (!await _places.WaitAsync(s_longestWait, cancel))
        {
            throw new ProblemException(Problems.ViewsBusy, $"This Api reads {Places} views at a time, and as many are being read.");
        }

        try
        {
            using var bound = new CancellationTokenSource(s_longest, clock);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel, bound.Token);
            await using var snapshot = await views.OpenAsync(tenant, mission, view, ending.Token);
            return await read(snapshot, ending.Token);
        }
        finally
        {
            _places.Release();
        }
    }
}
