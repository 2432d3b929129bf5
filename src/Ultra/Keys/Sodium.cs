using System.Runtime.InteropServices;

namespace Voxeltron.Ultra;

/// <summary>The few libsodium calls NSec does not offer for thousands of short-lived keys. The library is the one NSec ships.</summary>
internal static partial class Sodium
{
    /// <summary>Seed and public key side by side: what <see cref="SignDetached"/> takes.</summary>
    public const int SecretKeyBytes = 64;

    private const string Library = "libsodium";

    /// <returns>0, or 1 when it was ready already; −1 on failure. Safe to call from any thread, any number of times.</returns>
    [LibraryImport(Library, EntryPoint = "sodium_init")]
    internal static partial int Init();

    /// <summary>Locks pages in memory and keeps them out of core dumps. −1 when the limit (RLIMIT_MEMLOCK) forbids it.</summary>
    [LibraryImport(Library, EntryPoint = "sodium_mlock")]
    internal static unsafe partial int Lock(void* address, nuint length);

    /// <summary>Zeroes, then unlocks.</summary>
    [LibraryImport(Library, EntryPoint = "sodium_munlock")]
    internal static unsafe partial int Unlock(void* address, nuint length);

    /// <summary>Zeroes, in a way no compiler drops.</summary>
    [LibraryImport(Library, EntryPoint = "sodium_memzero")]
    internal static unsafe partial void Zero(void* address, nuint length);

    [LibraryImport(Library, EntryPoint = "crypto_sign_seed_keypair")]
    internal static unsafe partial int SeedKeyPair(byte* publicKey, byte* secretKey, byte* seed);

    [LibraryImport(Library, EntryPoint = "crypto_sign_detached")]
    internal static unsafe partial int SignDetached(byte* signature, ulong* signatureLength, byte* message, ulong messageLength, byte* secretKey);
}
