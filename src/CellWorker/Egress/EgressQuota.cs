using Voxeltron.Cells;

namespace Voxeltron.CellWorker;

/// <summary>
/// How many requests may be under way, and how many bytes of bodies as they may become. A host has one, and each mission a smaller one of its own: whoever
/// asks servers that never end waits for itself, not the others for it. In the order of asking.
/// </summary>
/// <param name="host">Asked after this one; null: this is the host's.</param>
internal sealed class EgressQuota(int requests, long bytes, EgressQuota? host)
{
    /// <summary>No request weighs less: it has buffers, headers and a connection.</summary>
    private const int LeastBytes = 64 * 1024;

    private readonly FairBudget _underWay = new(requests);
    private readonly FairBudget _bytes = new(bytes);

    /// <summary>Waits until the request may leave. What is returned holds its place until it is disposed.</summary>
    public Task<IDisposable> EnterAsync(CellRequest request, CancellationToken cancel) => EnterAsync(request.Body.Length + request.ResponseBytes, cancel);

    /// <param name="bodies">Bytes of bodies, as they may become.</param>
    public async Task<IDisposable> EnterAsync(long bodies, CancellationToken cancel)
    {
        var held = new Stack<IDisposable>();
        try
        {
            held.Push(await _underWay.TakeAsync(1, cancel));
            held.Push(await _bytes.TakeAsync(Math.Max(LeastBytes, bodies), cancel));
            if (host is not null)
            {
                held.Push(await host.EnterAsync(bodies, cancel));
            }

            return new Place(held);
        }
        catch
        {
            new Place(held).Dispose();
            throw;
        }
    }

    private sealed class Place(Stack<IDisposable> held) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                while (held.TryPop(out var one))
                {
                    one.Dispose();
                }
            }
        }
    }
}
