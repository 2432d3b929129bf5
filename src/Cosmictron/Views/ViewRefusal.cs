namespace Voxeltron.Cosmictron;

/// <summary>Why a transaction cannot be committed, or a view cannot be built: a view would have no value, or take too much.</summary>
/// <param name="Code"><c>view_division_by_zero</c>, <c>view_value_out_of_range</c>, <c>views_too_large</c>, <c>views_step_too_large</c>; of a view to be built also <c>view_refused</c> and <c>view_followed</c>.</param>
/// <param name="View">The first that is concerned.</param>
/// <param name="Message">For people: which views, which operator.</param>
public sealed record ViewRefusal(string Code, string View, string Message)
{
    internal static ViewRefusal Of(CircuitFault fault) => new(
        fault.Code, fault.Views[0], $"view {string.Join(", ", fault.Views)}: {fault.Message}{(fault.Operator.Length == 0 ? "" : $" (in: {fault.Operator})")}");
}
