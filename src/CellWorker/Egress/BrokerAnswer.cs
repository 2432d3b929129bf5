using System.Net.Sockets;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>What the broker said.</summary>
/// <param name="Socket">Of a connect that was done: connected, and the receiver's to dispose.</param>
internal sealed record BrokerAnswer(BrokerReply Reply, Socket? Socket = null)
{
    /// <summary>Of the connection it came by.</summary>
    public long Epoch { get; init; }

    public bool IsDone => Reply.Code is null;

    public static BrokerAnswer Away(string reason) => new(new BrokerReply(0, BrokerCodes.Away, reason));
}
