using System.Security.Cryptography;

namespace Voxeltron.Kernel;

/// <summary>SHA-256 of a module's uploaded bytes, 64 lower-case hex digits.</summary>
public readonly record struct ModuleDigest
{
    public ModuleDigest(string value)
    {
        if (!IsValid(value))
        {
            throw new ArgumentException($"'{value}' is no module digest: use 64 lower-case hex digits.", nameof(value));
        }

        Value = value;
    }

    public string Value { get; }

    public static ModuleDigest Of(ReadOnlySpan<byte> wasm) => new(Convert.ToHexStringLower(SHA256.HashData(wasm)));

    public static bool IsValid(string? value) => value is { Length: 64 } && value.All(char.IsAsciiHexDigitLower);

    public override string ToString() => Value;
}
