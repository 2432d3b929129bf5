namespace Voxeltron.Launcher;

/// <summary>As whom a worker runs.</summary>
internal readonly record struct Account(uint User, uint Group)
{
    /// <returns>Null where this machine has no user of that name.</returns>
    public static unsafe Account? Find(string name)
    {
        // struct passwd: name, password, then user and group; the same in every C library of 64-bit Linux.
        var entry = (byte*)Libc.getpwnam(name);
        return entry is null ? null : new Account(*(uint*)(entry + 16), *(uint*)(entry + 20));
    }
}
