using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>What became of a commit whose transaction ended.</summary>
public abstract record CommitOutcome
{
    private CommitOutcome()
    {
    }

    /// <summary>Every entry of the batch is durable.</summary>
    public sealed record Durable : CommitOutcome
    {
        public static readonly Durable Instance = new();
    }

    /// <summary>These streams belong to another epoch or stand elsewhere. Rolled back: nothing was written, for any stream.</summary>
    public sealed record Fenced(IReadOnlyList<(TenantId Tenant, StreamId Stream)> Streams) : CommitOutcome;
}
