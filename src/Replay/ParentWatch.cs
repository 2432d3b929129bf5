namespace Voxeltron.Replay;

/// <summary>
/// A replay that another process asked for ends with it, however that ends: the asker holds this one's standard input, writes nothing to it,
/// and the kernel closes it for a process that was killed.
/// </summary>
internal static class ParentWatch
{
    /// <summary>Set to 1 by the asker.</summary>
    public const string Variable = "VOXELTRON_REPLAY_ENDS_WITH_INPUT";

    private const int ExitCode = 2;

    public static void BeginIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) == "1")
        {
            new Thread(EndWithInput) { IsBackground = true, Name = "parent watch" }.Start();
        }
    }

    private static void EndWithInput()
    {
        using var input = Console.OpenStandardInput();
        Span<byte> ignored = stackalloc byte[64];
        while (input.Read(ignored) > 0)
        {
        }

        Environment.Exit(ExitCode);
    }
}
