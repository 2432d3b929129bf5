namespace Voxeltron.Launcher;

/// <summary>Asks the kernel, as the account that is to run, whether it gets at what it needs: a worker that cannot would die of something less clear.</summary>
internal static class Reach
{
    private const int Execute = 1, Write = 2, Read = 4;

    /// <returns>What is out of reach, in words; null: nothing.</returns>
    public static string? Missing(StatePlaces places, ProgramFiles program, FabricSettings settings)
    {
        return Refused(program.Executable, Execute | Read, "run")
            ?? FirstRefused(program.Directories, Execute | Read, "read")
            ?? FirstRefused(places.Public.Where(File.Exists), Read, "read")
            ?? FirstRefused(places.Secrets.Where(File.Exists), Read, "read")
            ?? FirstRefused(places.Own, Execute | Read | Write, "write to")
            ?? Refused(places.Address, Write, "write to")
            ?? Socket(settings);

        // Where a server that does not run yet will make it is its own affair.
        static string? Socket(FabricSettings settings)
        {
            if (settings.IsTcp || settings.PostgresHost is not { } directory)
            {
                return null;
            }

            // Unseen is not missing: the question is the directory's first.
            var missing = Exists(directory) ? Refused(directory, Execute, "enter") : null;
            var socket = Path.Combine(directory, $".s.PGSQL.{settings.PostgresPort}");
            return missing ?? (File.Exists(socket) ? Refused(socket, Write, "connect to") : null);
        }
    }

    /// <summary>The same for a program that has directories to itself and reads others.</summary>
    public static string? Missing(ProgramFiles program, IEnumerable<string> read, IEnumerable<string> own) =>
        Refused(program.Executable, Execute | Read, "run")
        ?? FirstRefused(program.Directories, Execute | Read, "read")
        ?? FirstRefused(read.SelectMany(static path => Directory.Exists(path) ? Directory.EnumerateFiles(path).Prepend(path) : [path]), Read, "read")
        ?? FirstRefused(own, Execute | Read | Write, "write to");

    private static string? FirstRefused(IEnumerable<string> paths, int mode, string verb) =>
        paths.Select(path => Refused(path, mode, verb)).FirstOrDefault(static refused => refused is not null);

    private static string? Refused(string path, int mode, string verb) =>
        Libc.faccessat(Libc.AtCurrent, path, mode, Libc.AtEffectiveIds) == 0 ? null : $"it cannot {verb} {path} ({Libc.Reason})";

    private static bool Exists(string path) => Libc.faccessat(Libc.AtCurrent, path, 0, Libc.AtEffectiveIds) == 0 || Libc.Error == 13;
}
