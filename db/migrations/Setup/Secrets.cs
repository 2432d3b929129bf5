using System.Buffers.Text;
using System.Security.Cryptography;

namespace Voxeltron.Migrations.Setup;

internal static class Secrets
{
    /// <summary>256 random bits, in characters that need no quoting anywhere.</summary>
    public static string NewPassword() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
