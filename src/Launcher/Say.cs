namespace Voxeltron.Launcher;

/// <summary>One line for the operator, in the log of the process that follows.</summary>
internal static class Say
{
    public static void Line(string text) => Console.Error.WriteLine("voxeltron-launcher: " + text);
}

internal static class ExitCodes
{
    public const int Usage = 2;
    public const int NotConfined = 3;
    public const int NotExecuted = 126;
    public const int NotFound = 127;
}
