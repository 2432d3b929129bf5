namespace Voxeltron.Cells;

/// <summary>Names of imports that are granted to no cell, by the number their callbacks are given. Filled while the two lists of imports are made, once a process.</summary>
internal static class DeniedImports
{
    private static readonly Lock s_gate = new();
    private static string[] s_names = [];

    public static nint Add(string name)
    {
        lock (s_gate)
        {
            s_names = [.. s_names, name];
            return s_names.Length - 1;
        }
    }

    public static string NameOf(nint number) => s_names[number];
}
