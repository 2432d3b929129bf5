namespace Voxeltron.CellWorker;

/// <summary>Answers of a compiling child that say nothing about the module.</summary>
internal static class CompileCodes
{
    /// <summary>Its engine is another one than the worker's.</summary>
    public const string EngineDiffers = "engine_differs";

    /// <summary>It got too little of the processor to have met its limits by itself.</summary>
    public const string Starved = "compile_starved";
}
