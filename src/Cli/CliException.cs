namespace Voxeltron.Cli;

/// <summary>A message for the person at the terminal, complete with what to do; never shown with a stack trace.</summary>
public sealed class CliException(string message, Exception? inner = null) : Exception(message, inner);
