namespace Voxeltron.Cells;

/// <summary>The error numbers of WASI preview 1 that this host answers.</summary>
internal enum WasiErrno
{
    /// <summary>No answer: the fuel is used up and the event ends.</summary>
    OutOfFuel = -1,

    Success = 0,

    /// <summary>No descriptor of that number, or not for this.</summary>
    BadF = 8,

    /// <summary>A pointer or length outside memory; nothing happened.</summary>
    Fault = 21,

    Inval = 28,

    /// <summary>Standard output is full.</summary>
    NoSpc = 51,

    /// <summary>Part of the preview, not of this host.</summary>
    NoSys = 52,

    /// <summary>A stream has no position.</summary>
    SPipe = 70,
}
