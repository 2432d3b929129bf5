using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// A cell could not be made. Fault codes: <c>no_capacity</c> (try elsewhere or later), <c>memory_limit</c> and
/// <c>table_limit</c> (the profile grants less than the module declares), <c>profile_invalid</c>,
/// <c>instantiation_failed</c>.
/// </summary>
public sealed class CellBootException(string faultCode, CellId cell, string message) : VoxeltronException(faultCode, message)
{
    public CellId Cell { get; } = cell;
}
