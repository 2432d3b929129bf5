using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A text that is no acceptable JSON: at which byte, and why.</summary>
public sealed class JcsException(string reason, long position, string detail, Exception? innerException = null)
    : VoxeltronException("json_invalid", $"JSON refused at byte {position}: {detail}", innerException)
{
    public const string Malformed = "malformed";
    public const string DuplicateKey = "duplicate_key";
    public const string TooDeep = "too_deep";
    public const string BadText = "bad_text";
    public const string NumberOutOfRange = "number_out_of_range";
    public const string NotAnInteger = "not_an_integer";
    public const string Inexact = "inexact";

    /// <summary>One of the constants of this type.</summary>
    public string Reason { get; } = reason;

    /// <summary>Bytes read before the refusal.</summary>
    public long Position { get; } = position;
}
