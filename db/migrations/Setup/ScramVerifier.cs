using System.Security.Cryptography;
using System.Text;

namespace Voxeltron.Migrations.Setup;

/// <summary>
/// What Postgres stores of a password (RFC 5803). Computed here, the password itself never reaches the server's log or its
/// statistics of statements.
/// </summary>
public static class ScramVerifier
{
    // Postgres's own default. The passwords are 256 random bits, so iterations add nothing to their strength.
    private const int Iterations = 4096;
    private const int SaltBytes = 16;

    /// <param name="password">ASCII, so that no normalisation (SASLprep) is needed.</param>
    public static string Create(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.ASCII.GetBytes(password), salt, Iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(storedKey)}:{Convert.ToBase64String(serverKey)}";
    }
}
