using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>
/// Advances the engine's epoch, the watchdog's clock, from a thread of its own: a starved thread pool must not be able
/// to stop the watchdog. Once a second it also looks whether the process runs out of memory mappings.
/// </summary>
internal sealed class EpochTicker : IDisposable
{
    private static readonly TimeSpan MappingCheckPeriod = TimeSpan.FromSeconds(1);

    private readonly EngineHandle _engine;
    private readonly TimeSpan _period;
    // Waiting for it is all this thread does: spinning first would be a dozen calls of the kernel each tick.
    private readonly ManualResetEventSlim _stop = new(initialState: false, spinCount: 0);
    private readonly Thread _thread;
    private volatile bool _mappingsTight;

    public EpochTicker(EngineHandle engine, TimeSpan period)
    {
        _engine = engine;
        _period = period;
        _thread = new Thread(Run) { IsBackground = true, Name = "cell-epoch" };
        _thread.Start();
    }

    /// <summary>As of the last look, at most a second ago.</summary>
    public bool MappingsTight => _mappingsTight;

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private void Run()
    {
        var ticksPerCheck = Math.Max(1, (long)(MappingCheckPeriod / _period));
        for (var tick = 1L; !_stop.Wait(_period); tick++)
        {
            Native.wasmtime_engine_increment_epoch(_engine);
            if (tick % ticksPerCheck == 0)
            {
                _mappingsTight = AddressSpace.IsTight();
            }
        }
    }
}
