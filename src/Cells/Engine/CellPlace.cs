namespace Voxeltron.Cells;

/// <summary>A slot of an engine, taken for a cell that is about to begin: nobody else can take it meanwhile.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class CellPlace : IDisposable
{
    private CellEngine? _engine;

    internal CellPlace(CellEngine engine) => _engine = engine;

    /// <summary>It was not needed.</summary>
    public void Dispose() => Take()?.Leave();

    /// <returns>The engine the caller owes it to from now on; null when it was taken or let go before.</returns>
    internal CellEngine? Take()
    {
        var engine = _engine;
        _engine = null;
        return engine;
    }
}
