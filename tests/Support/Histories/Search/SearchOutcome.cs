namespace Voxeltron.Tests.Support.Histories;

/// <summary>How a search ended.</summary>
internal enum SearchOutcome
{
    /// <summary>An order explains all answers.</summary>
    Linearizable,

    /// <summary>No order does: all were tried.</summary>
    NotLinearizable,

    /// <summary>Stopped before all were tried.</summary>
    Undecided,
}
