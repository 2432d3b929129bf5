namespace Voxeltron.Cosmictron;

/// <summary>The row an expression is computed over, its columns decoded.</summary>
internal readonly ref struct EvaluationContext(ReadOnlySpan<byte> row, ReadOnlySpan<Value> columns, Scratch scratch)
{
    public ReadOnlySpan<byte> Row { get; } = row;

    public ReadOnlySpan<Value> Columns { get; } = columns;

    public Scratch Scratch { get; } = scratch;
}
