namespace Voxeltron.Cosmictron;

/// <summary>Outcome of a state operation. The numbers are the ABI's <c>VX_E_*</c> and go to guests unchanged.</summary>
public enum StateStatus
{
    Ok = 0,
    NotFound = -1,
    NoTable = -2,

    /// <summary>Field count, type tag, nullability, length, UTF-8 or U+0000 in text.</summary>
    BadTuple = -3,
    BadMemory = -4,

    /// <summary>One row or key over its limit.</summary>
    TooLarge = -5,

    /// <summary>The mission's rows or bytes, or this transaction's writes, are used up.</summary>
    Limit = -6,
    Unavailable = -7,
    BadArgument = -8,

    /// <summary>The transaction has ended.</summary>
    NotActive = -9,

    /// <summary>Another row has that key in a unique index.</summary>
    Conflict = -10,

    /// <summary>The cell's profile does not grant it. No state operation answers so.</summary>
    Denied = -11,
}
