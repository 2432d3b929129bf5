namespace Voxeltron.Kernel;

/// <summary>What kind of fault an abort was, in the words healing is decided by (DESIGN §10). Which code belongs to which, <c>Faults</c> in Cells says.</summary>
public enum FaultClass
{
    /// <summary>No fault of the cell: its host was lost or full, or it is to come again with more fuel.</summary>
    None,

    /// <summary>It may well not come again.</summary>
    TransientCrash,

    /// <summary>What it wrote does not go with the mission's state.</summary>
    StateInconsistency,

    /// <summary>It used up what it was given, or what there was.</summary>
    ResourceExhaustion,

    /// <summary>It asks for what its profile or the ABI does not grant; it will be so again.</summary>
    PolicyViolation,
}

public static class FaultClasses
{
    /// <summary>The word of entries and rows; null for <see cref="FaultClass.None"/>, which they leave out.</summary>
    public static string? Word(this FaultClass fault) => fault switch
    {
        FaultClass.None => null,
        FaultClass.TransientCrash => "transient_crash",
        FaultClass.StateInconsistency => "state_inconsistency",
        FaultClass.ResourceExhaustion => "resource_exhaustion",
        FaultClass.PolicyViolation => "policy_violation",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "No such class of faults."),
    };
}
