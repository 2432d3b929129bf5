using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Voxeltron.Execution;

/// <summary>Names one delivery of one event, and seeds its random stream.</summary>
public static class DeliveryId
{
    public const int SecretBytes = 32;

    public static string Boot(string taskKey, int attempt) => $"boot/{taskKey}#{attempt}";

    public static string Task(string taskKey, int attempt) => $"task/{taskKey}#{attempt}";

    /// <summary>HMAC-SHA256(secret, u64be epoch ‖ delivery id): 32 bytes. Not for keys: whoever reads the log can compute it.</summary>
    public static byte[] Seed(ReadOnlySpan<byte> missionSecret, long epoch, string deliveryId)
    {
        var message = new byte[sizeof(long) + Encoding.UTF8.GetByteCount(deliveryId)];
        BinaryPrimitives.WriteInt64BigEndian(message, epoch);
        Encoding.UTF8.GetBytes(deliveryId, message.AsSpan(sizeof(long)));
        return HMACSHA256.HashData(missionSecret, message);
    }
}
