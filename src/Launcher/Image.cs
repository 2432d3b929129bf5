using System.Collections;
using System.Runtime.InteropServices;

namespace Voxeltron.Launcher;

/// <summary>What this process becomes, laid out before the walls are raised: behind them nothing is looked up any more.</summary>
internal sealed unsafe class Image(ProgramFiles program, IReadOnlyList<string> command, Dictionary<string, string?> variables)
{
    private readonly byte* _path = (byte*)Marshal.StringToCoTaskMemUTF8(program.Executable);
    private readonly byte** _arguments = Lay(command);
    private readonly byte** _environment = Lay(variables.Select(static one => $"{one.Key}={one.Value}"));

    /// <summary>Of this process, without what is others' to know or would run code of whoever set it; and no diagnostics, which listen in /tmp.</summary>
    public static Dictionary<string, string?> Variables()
    {
        var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(static one => (string)one.Key, static one => (string?)one.Value, StringComparer.Ordinal);
        // The administrator's connection is for set-up; the loader's and the runtime's hooks would run code of whoever set them.
        foreach (var foreign in (string[])["VOXELTRON_POSTGRES", "LD_PRELOAD", "LD_AUDIT", "DOTNET_STARTUP_HOOKS", "LISTEN_FDNAMES"])
        {
            variables.Remove(foreign);
        }

        variables["DOTNET_EnableDiagnostics"] = "0";
        return variables;
    }

    /// <returns>An exit code, when it could not.</returns>
    public int Execute()
    {
        _ = Libc.execve(_path, _arguments, _environment);
        Say.Line($"{program.Executable} could not be executed: {Libc.Reason}");
        return ExitCodes.NotExecuted;
    }

    /// <summary>As execve(2) takes them; never freed, since nothing comes after.</summary>
    private static byte** Lay(IEnumerable<string> texts)
    {
        var list = texts.Select(Marshal.StringToCoTaskMemUTF8).Append(0).ToArray();
        var target = (nint*)NativeMemory.Alloc((nuint)list.Length, (nuint)sizeof(nint));
        list.CopyTo(new Span<nint>(target, list.Length));
        return (byte**)target;
    }
}
