namespace Voxeltron.Ninmu;

/// <summary>What entries say of gates.</summary>
public abstract record GateFact(long TimeUs) : MissionFact(TimeUs)
{
    /// <summary>A task that is ready, or a cell that asked, waits for people.</summary>
    public sealed record Opened(Gate Gate, long TimeUs) : GateFact(TimeUs);

    /// <summary>A decision counted.</summary>
    /// <param name="OpenedSeq">Of which gate.</param>
    /// <param name="SubmittedUs">When the decision came.</param>
    public sealed record Decided(long OpenedSeq, GateVote Vote, long SubmittedUs, long Seq, long TimeUs) : GateFact(TimeUs);

    public sealed record Voided(long OpenedSeq, string Code, long Seq, long TimeUs) : GateFact(TimeUs);

    public sealed record Expired(long OpenedSeq, long Seq, long TimeUs) : GateFact(TimeUs);

    public sealed record Escalated(long OpenedSeq, long Seq, long TimeUs) : GateFact(TimeUs);
}

/// <summary>What the owner must write about gates now. Each stays due until its fact is applied.</summary>
public abstract record GateStep
{
    private GateStep()
    {
    }

    /// <summary>The task is ready, and nobody was asked yet.</summary>
    public sealed record Open(ReadyTask Task, SpecGate Rule) : GateStep;

    /// <summary>The task would run another module than the one that was, or is to be, approved.</summary>
    public sealed record Void(Gate Gate, string Code) : GateStep;

    /// <summary>Its time is over; its rule says what follows.</summary>
    public sealed record Expire(Gate Gate) : GateStep;
}
