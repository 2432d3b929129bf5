namespace Voxeltron.Hosting;

/// <summary>How a process writes its log to standard output.</summary>
public enum LogFormat
{
    /// <summary>One JSON object a line, UTC times.</summary>
    Json,

    /// <summary>One plain line a message, UTC times.</summary>
    Text,
}
