using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>
/// Advances the engine's epoch, the watchdog's clock, from a thread of its own: a starved thread pool must not be able
/// to stop the watchdog. Once a second it also looks at what the process has left for cells.
/// </summary>
internal sealed class EpochTicker : IDisposable
{
    private static readonly TimeSpan CapacityPeriod = TimeSpan.FromSeconds(1);

    private readonly EngineHandle _engine;
    private readonly TimeSpan _period;
    // Waiting for it is all this thread does: spinning first would be a dozen calls of the kernel each tick.
    private readonly ManualResetEventSlim _stop = new(initialState: false, spinCount: 0);
    private readonly Thread _thread;
    private readonly CapacityWatch _capacity;

    public EpochTicker(EngineHandle engine, TimeSpan period, CapacityWatch capacity)
    {
        _engine = engine;
        _capacity = capacity;
        _period = period;
        _thread = new Thread(Run) { IsBackground = true, Name = "cell-epoch" };
        _thread.Start();
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private void Run()
    {
        var ticksPerCheck = Math.Max(1, (long)(CapacityPeriod / _period));
        for (var tick = 1L; !_stop.Wait(_period); tick++)
        {
            Native.wasmtime_engine_increment_epoch(_engine);
            if (tick % ticksPerCheck == 0)
            {
                _capacity.Look();
            }
        }
    }
}
