namespace Voxeltron.CellWorker;

/// <summary>Answers of a compiling child that say nothing about the module.</summary>
internal static class CompileCodes
{
    /// <summary>Its engine is another one than the worker's.</summary>
    public const string EngineDiffers = "engine_differs";
}
