using Superpower.Model;
using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>A view that cannot be declared: where its SQL says something that is wrong, or that views do not do, and what.</summary>
public sealed class ViewSqlException : VoxeltronException
{
    internal ViewSqlException(Position at, string reason)
        : base("view_refused", $"line {at.Line}, column {at.Column}: {reason}")
    {
        Line = at.Line;
        Column = at.Column;
        Reason = reason;
    }

    /// <summary>From 1.</summary>
    public int Line { get; }

    /// <summary>From 1.</summary>
    public int Column { get; }

    public string Reason { get; }
}
