using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Voxeltron.Cells;

namespace Voxeltron.Execution;

/// <summary>Names one delivery of one event, and seeds its random stream.</summary>
public static class DeliveryId
{
    public const int SecretBytes = 32;

    public static string Boot(string taskKey, int attempt) => $"boot/{taskKey}#{attempt}";

    public static string Task(string taskKey, int attempt) => $"task/{taskKey}#{attempt}";

    public static string Timer(string taskKey, int attempt, long ticket) => $"timer/{taskKey}#{attempt}.{ticket}";

    public static string Delta(string taskKey, int attempt, long subscription, long to) => $"delta/{taskKey}#{attempt}.{subscription}:{to}";

    public static string Reply(string taskKey, int attempt, long ticket) => $"reply/{taskKey}#{attempt}.{ticket}";

    /// <param name="seq">The entry the boot becomes: an attempt may see several reloads.</param>
    public static string Reload(string taskKey, int attempt, long seq) => $"reload/{taskKey}#{attempt}.{seq}";

    /// <summary>HMAC-SHA256(secret, u64be epoch ‖ delivery id): 32 bytes. Not for keys: whoever reads the log can compute it.</summary>
    public static byte[] Seed(ReadOnlySpan<byte> missionSecret, long epoch, string deliveryId)
    {
        var message = new byte[sizeof(long) + Encoding.UTF8.GetByteCount(deliveryId)];
        BinaryPrimitives.WriteInt64BigEndian(message, epoch);
        Encoding.UTF8.GetBytes(deliveryId, message.AsSpan(sizeof(long)));
        return HMACSHA256.HashData(missionSecret, message);
    }
}

/// <summary>One delivery's seed, computed only if its guest draws random bytes.</summary>
internal sealed class DeliverySeed(MissionState state, CellEventKind kind, string taskKey, int attempt, long ticket = 0, long to = 0) : ISeedSource
{
    public byte[] Seed() => DeliveryId.Seed(state.Secret, state.Epoch, kind switch
    {
        CellEventKind.Task => DeliveryId.Task(taskKey, attempt),
        CellEventKind.Timer => DeliveryId.Timer(taskKey, attempt, ticket),
        CellEventKind.Delta => DeliveryId.Delta(taskKey, attempt, ticket, to),
        CellEventKind.Reply => DeliveryId.Reply(taskKey, attempt, ticket),
        CellEventKind.Resume when ticket != 0 => DeliveryId.Reload(taskKey, attempt, ticket),
        _ => DeliveryId.Boot(taskKey, attempt),
    });
}
