namespace Voxeltron.Launcher;

/// <summary>Names the argument that is wrong.</summary>
internal sealed class UsageException(string message) : Exception(message);
