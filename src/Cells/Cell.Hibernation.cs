using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>A quiescent cell put into bytes and made again of them. Nothing it computes, and no unit of its fuel, tells it that it slept.</summary>
public sealed partial class Cell
{
    /// <summary>
    /// Writes down what another instance needs to go on as this one. The cell stays as it is: dispose it when the bytes are kept, or it
    /// would be there twice.
    /// </summary>
    /// <returns>False when its module or this system does not allow it, or no instance could be made to compare with at this moment.</returns>
    /// <exception cref="InvariantException">The cell is dead, disposed, or busy: the caller's bug.</exception>
    public bool TryCapture(out CellImage image)
    {
        image = default;
        if (_module.NotCaptured is not null || _engine.Pages is not { } map)
        {
            return false;
        }

        if (IsDead || Interlocked.CompareExchange(ref _phase, Running, Idle) != Idle)
        {
            throw new InvariantException($"Cell {Id} was to be captured and is busy, dead or disposed.");
        }

        try
        {
            return _module.Pristine(_engine) is { } pristine && _instance.TryCapture(map, _module.Capture, pristine, out image);
        }
        finally
        {
            if (Interlocked.CompareExchange(ref _phase, Idle, Running) == Closing)
            {
                Close();
            }
        }
    }

    /// <summary>A cell that goes on where the captured one stood. No guest code runs.</summary>
    /// <param name="image">Of a cell of the same module under the same profile, in this process.</param>
    /// <exception cref="CellBootException">As a boot; <c>image_unusable</c>: no capture of this module wrote these bytes.</exception>
    public static Cell Wake(CellEngine engine, CellModule module, CellId id, CellProfile profile, BootClock clock, ReadOnlySpan<byte> image, CellPlace? place = null)
    {
        var cell = Boot(engine, module, id, profile, clock, place: place);
        cell._started = true;
        if (cell._instance.TryRestore(module.Capture, image))
        {
            return cell;
        }

        cell.Dispose();
        throw new CellBootException("image_unusable", id, $"Cell {id} was not woken: the bytes are no image of module {module.Digest}.");
    }

    /// <summary>Size of the guest's memory now.</summary>
    public long MemoryBytes => _instance.Memory().Whole.Length;

    /// <summary>All of the guest's memory, for tests; any event may make it stale.</summary>
    internal ReadOnlySpan<byte> MemoryOf() => _instance.Memory().Whole;
}
