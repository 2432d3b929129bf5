using System.Security.Cryptography;
using Voxeltron.Execution;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

internal static class Salts
{
    public static SaltedPayload Salt(byte[] payload) => new(payload, RandomNumberGenerator.GetBytes(PayloadDigest.SaltBytes));
}
