using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// Options this machine cannot satisfy. Found before the native engine is made, because there it would abort the process.
/// </summary>
public sealed class EngineOptionsException(string message) : VoxeltronException("engine_options_invalid", message);
