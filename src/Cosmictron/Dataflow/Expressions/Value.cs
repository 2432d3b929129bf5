using System.Runtime.CompilerServices;

namespace Voxeltron.Cosmictron;

/// <summary>
/// One value while an expression is computed. Which member counts, its type says: it is not kept here. Texts and bytes are a
/// place in the row or in the scratch.
/// </summary>
internal readonly struct Value
{
    private readonly Int128 _number;
    private readonly int _offset;
    private readonly int _length;
    private readonly byte _kind;

    private const byte Null = 0;
    private const byte Number = 1;
    private const byte InRow = 2;
    private const byte InScratch = 3;

    private Value(byte kind, Int128 number, int offset = 0, int length = 0)
    {
        _kind = kind;
        _number = number;
        _offset = offset;
        _length = length;
    }

    public static Value OfNull => default;

    public bool IsNull => _kind == Null;

    /// <summary>int64, or a timestamp's Unix microseconds.</summary>
    public long Int64 => (long)_number;

    public double Float64 => BitConverter.Int64BitsToDouble((long)_number);

    public bool Bool => _number != 0;

    /// <summary>A decimal's units of its scale.</summary>
    public Int128 Units => _number;

    public static Value Of(long value) => new(Number, value);

    public static Value Of(double value) => new(Number, BitConverter.DoubleToInt64Bits(value));

    public static Value Of(bool value) => new(Number, value ? 1 : 0);

    public static Value OfUnits(Int128 units) => new(Number, units);

    public static Value OfRow(int offset, int length) => new(InRow, 0, offset, length);

    public static Value OfScratch(int offset, int length) => new(InScratch, 0, offset, length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Bytes(scoped in EvaluationContext context) =>
        _kind == InRow ? context.Row.Slice(_offset, _length) : context.Scratch.Written.Slice(_offset, _length);
}
