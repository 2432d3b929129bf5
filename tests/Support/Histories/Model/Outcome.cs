namespace Voxeltron.Tests.Support.Histories;

/// <summary>What the client knows of its operation.</summary>
public enum Outcome
{
    /// <summary>Acknowledged: it happened, once, between its two instants.</summary>
    Ok,

    /// <summary>Refused: it did not happen and never will.</summary>
    Fail,

    /// <summary>Unknown: it happened at most once, at any time after it was invoked.</summary>
    Info,
}
