using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A file that is no export this version can read, or a log that does not fit into one: no answer, and no judgement of the log.</summary>
public sealed class ExportException(string faultCode, string message, Exception? innerException = null) : VoxeltronException(faultCode, message, innerException)
{
    /// <summary>The file is not of the form docs/log.md describes.</summary>
    public const string Malformed = "export_malformed";

    /// <summary>A format version this program does not know.</summary>
    public const string UnknownVersion = "export_version_unknown";

    /// <summary>A row or a selection larger than an export holds.</summary>
    public const string TooLarge = "export_too_large";
}
