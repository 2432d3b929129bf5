using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>Recorded writes that do not fit the declared tables: the log is damaged, or it belongs to another spec.</summary>
public sealed class StateFormatException(string message, Exception? innerException = null)
    : VoxeltronException("state_writes_malformed", message, innerException);
