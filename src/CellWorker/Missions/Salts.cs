using System.Security.Cryptography;
using Voxeltron.Execution;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Salts for payloads. Drawn from the system's generator by the page: one draw of 16 bytes costs as much as one of 4,096.</summary>
internal static class Salts
{
    private const int PageBytes = 4_096;

    [ThreadStatic]
    private static byte[]? t_page;

    [ThreadStatic]
    private static int t_used;

    public static SaltedPayload Salt(byte[] payload)
    {
        if (t_page is null || t_used == PageBytes)
        {
            t_page ??= new byte[PageBytes];
            RandomNumberGenerator.Fill(t_page);
            t_used = 0;
        }

        // Each part is handed out once, and not kept here: a salt that was erased must be nowhere.
        var part = t_page.AsSpan(t_used, PayloadDigest.SaltBytes);
        var salt = part.ToArray();
        part.Clear();
        t_used += PayloadDigest.SaltBytes;
        return new SaltedPayload(payload, salt);
    }
}
