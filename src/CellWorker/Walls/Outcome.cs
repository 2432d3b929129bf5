using System.ComponentModel;

namespace Voxeltron.CellWorker;

/// <summary>What became of one attempt: a refusal by its name, or anything else, which is an escape.</summary>
internal readonly record struct Outcome(bool IsRefused, string Text)
{
    private const int NotPermitted = 1, NoAccess = 13, ReadOnly = 30, Missing = 38;

    /// <summary>Exit code of a process that SIGSYS ended.</summary>
    public const int BadCall = 128 + 31;

    /// <param name="attempt">Zero or more when it was carried out, the negative error when it was not.</param>
    public static Outcome Of(Func<long> attempt)
    {
        try
        {
            return Of(attempt());
        }
        catch (Win32Exception refused)
        {
            return Of(-refused.NativeErrorCode);
        }
        catch (UnauthorizedAccessException)
        {
            return Of(-NoAccess);
        }
    }

    public override string ToString() => IsRefused ? "refused " + Text : "ESCAPED " + Text;

    private static Outcome Of(long rc) => rc switch
    {
        -NotPermitted => new Outcome(true, "EPERM"),
        -NoAccess => new Outcome(true, "EACCES"),
        -Missing => new Outcome(true, "ENOSYS"),
        -ReadOnly => new Outcome(true, "EROFS"),
        -BadCall => new Outcome(true, "SIGSYS"),
        < 0 => new Outcome(false, $"error {-rc}"),
        _ => new Outcome(false, "it was done"),
    };
}
