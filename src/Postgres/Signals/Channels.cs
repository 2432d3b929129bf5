namespace Voxeltron.Postgres;

/// <summary>Channels of NOTIFY. A notification is a hint that something may have changed; nothing depends on its arrival.</summary>
public static class Channels
{
    /// <summary>Api, after it committed inbox rows. Subjects: <see cref="Streams"/>, <see cref="Intents"/>.</summary>
    public const string Inbox = "voxeltron_inbox";

    /// <summary>A worker, after a commit. Payload: <c>tenant/missionhex</c>, comma separated, at most <see cref="MaxSubjects"/>; empty = anything.</summary>
    public const string Journal = "voxeltron_journal";

    /// <summary>40 subjects of at most 97 characters stay well below Postgres' 8,000 bytes.</summary>
    public const int MaxSubjects = 40;

    /// <summary>A worker, after a commit to a system stream: whom a tenant's missions may ask, and whether outside, may have changed. Payload: <see cref="ModelsOf"/>.</summary>
    public const string Models = "voxeltron_models";

    public const string ModelsOf = "models";

    /// <summary>On the inbox channel: a stream may have become claimable.</summary>
    public const string Streams = "streams";

    /// <summary>On the inbox channel: streams that exist have something pending.</summary>
    public const string Intents = "intents";
}
