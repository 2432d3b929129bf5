namespace Voxeltron.Kernel;

/// <summary>An operating fault with a stable code. The message says what was attempted on what, and what to do.</summary>
public class VoxeltronException(string faultCode, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Stable, lower-case, dotted or underscored; ends up in problem+json and in logs.</summary>
    public string FaultCode { get; } = faultCode;
}

/// <summary>A broken invariant: a bug, never an operating condition. The process stops and the journal shows where.</summary>
public sealed class InvariantException(string message) : Exception(message);
