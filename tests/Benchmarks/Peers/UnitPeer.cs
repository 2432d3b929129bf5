using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>Something that isolates, and the units it was seen to make. One that cannot be had, or fails, has a reason instead.</summary>
internal abstract class UnitPeer(string name) : IAsyncDisposable
{
    public string Name => name;

    /// <summary>Of each unit: from before it was asked for until its first answer was read.</summary>
    public List<double> AnswerUs { get; } = [];

    /// <summary>Null while it works.</summary>
    public string? Reason { get; private set; }

    /// <summary>The program that makes them, where there is a choice.</summary>
    public virtual string? Program => null;

    /// <summary>Makes it ready, and a few units that do not count.</summary>
    public Task StartAsync(string directory, CancellationToken cancel) => TryAsync(() => BeginAsync(directory, cancel));

    /// <summary>One round.</summary>
    public Task MeasureAsync(CancellationToken cancel) => Reason is null ? TryAsync(async () => AnswerUs.AddRange(await MakeAsync(cancel))) : Task.CompletedTask;

    public abstract ValueTask DisposeAsync();

    protected abstract Task BeginAsync(string directory, CancellationToken cancel);

    /// <exception cref="VoxeltronException"><see cref="PeerFigure.Unavailable"/> with the reason.</exception>
    protected abstract Task<IReadOnlyList<double>> MakeAsync(CancellationToken cancel);

    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (VoxeltronException unavailable) when (unavailable.FaultCode == PeerFigure.Unavailable)
        {
            Reason = unavailable.Message;
        }
    }
}
