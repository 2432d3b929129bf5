namespace Voxeltron.Kernel;

/// <summary>A tenant's short name: lower-case letters, digits and dashes, 1–63 characters. It leads the key of every tenant-owned row.</summary>
public readonly record struct TenantId : IComparable<TenantId>
{
    public const int MaxLength = 63;

    /// <summary>The built-in tenant that owns what serves all others: hosts, the certificate authority, checkpoints.</summary>
    public static readonly TenantId Fabric = new("fabric");

    public TenantId(string value)
    {
        if (!IsValid(value))
        {
            throw new ArgumentException($"'{value}' is no tenant id: use 1–{MaxLength} of a–z, 0–9 and '-', starting with a letter.", nameof(value));
        }

        Value = value;
    }

    public string Value { get; }

    public static bool IsValid(string? value)
    {
        if (value is null || value.Length is 0 or > MaxLength || !char.IsAsciiLetterLower(value[0]))
        {
            return false;
        }

        foreach (var c in value)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Ordinal, so that it agrees with byte order in signed statements and with <c>COLLATE "C"</c> in SQL.</summary>
    public int CompareTo(TenantId other) => string.CompareOrdinal(Value, other.Value);

    public static bool operator <(TenantId left, TenantId right) => left.CompareTo(right) < 0;

    public static bool operator >(TenantId left, TenantId right) => left.CompareTo(right) > 0;

    public static bool operator <=(TenantId left, TenantId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(TenantId left, TenantId right) => left.CompareTo(right) >= 0;

    public override string ToString() => Value;
}
