using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>
/// A row for which an expression has no value, as Postgres would say too: the transaction that brought it cannot be committed
/// while a view asks for that value.
/// </summary>
internal sealed class ViewFault(string code, string message) : VoxeltronException(code, message)
{
    public const string DivisionByZero = "view_division_by_zero";
    public const string OutOfRange = "view_value_out_of_range";
}
