namespace Voxeltron.Kernel;

/// <summary>How an entry's header names who acted: <c>role/id</c>.</summary>
public static class Actors
{
    public static string Host(HostId host) => "host/" + host.Hex;

    public static string Cell(CellId cell) => "cell/" + cell.Hex;

    /// <param name="role">api, sre, ca, root, operator or log.</param>
    /// <param name="key">The key that signs for this actor.</param>
    public static string Key(string role, KeyId key) => $"{role}/{key.Value}";
}
