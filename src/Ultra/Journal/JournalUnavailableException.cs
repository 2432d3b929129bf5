using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>The journal could not be reached or did not answer.</summary>
/// <param name="indeterminate">True only when COMMIT was sent and its result is unknown: read the head back before sending again.</param>
public sealed class JournalUnavailableException(string message, bool indeterminate, Exception? innerException = null)
    : VoxeltronException("journal_unavailable", message, innerException)
{
    public bool Indeterminate { get; } = indeterminate;
}
