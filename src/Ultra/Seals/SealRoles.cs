namespace Voxeltron.Ultra;

public static class SealRoles
{
    /// <summary>Integrity: the owner host over every entry of a stream in a commit.</summary>
    public const string Host = "host";

    /// <summary>Attribution: a cell over its own entries in the range.</summary>
    public const string Cell = "cell";

    /// <summary>Attribution: whoever signed an intent, over its body.</summary>
    public const string Actor = "actor";
}
