using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A JSON object read strictly: members by name and type, none missing, none unknown. Throws what <see cref="IsMalformed"/> knows.</summary>
internal readonly struct ExportRow(JsonElement json)
{
    /// <summary>What strict reading throws: the caller adds the place and makes an <see cref="ExportException"/> of it.</summary>
    public static bool IsMalformed(Exception fault) =>
        fault is JsonException or FormatException or KeyNotFoundException or InvalidOperationException or ArgumentException or OverflowException;

    public JsonElement Member(string name) => json.TryGetProperty(name, out var value) ? value : throw new FormatException($"there is no '{name}'");

    public string Text(string name) => Member(name).GetString() ?? throw new FormatException($"'{name}' is null");

    public string? OptionalText(string name) => Member(name).GetString();

    public long Integer(string name) => Member(name).GetInt64();

    public int Small(string name) => Member(name).GetInt32();

    /// <summary>A digest, or what was made of one: never longer, or hashing would be asked for more than it takes.</summary>
    public byte[] Hex(string name) => OptionalHex(name) ?? throw new FormatException($"'{name}' is null");

    public byte[]? OptionalHex(string name) => OptionalText(name) switch
    {
        null => null,
        { Length: > 2 * Chain.Bytes } text => throw new FormatException($"'{name}' has {text.Length} hex digits; at most {2 * Chain.Bytes}"),
        var text => Convert.FromHexString(text),
    };

    public byte[] Base64(string name) => Member(name).GetBytesFromBase64();

    public byte[]? OptionalBase64(string name) => Member(name).ValueKind == JsonValueKind.Null ? null : Base64(name);

    public Guid Id(string name) => ParseId(Text(name));

    /// <summary>A member nobody knows would be data nobody checks.</summary>
    public void RequireNoOther(int members)
    {
        if (json.GetPropertyCount() != members)
        {
            throw new FormatException($"{json.GetPropertyCount()} members instead of {members}");
        }
    }

    public static Guid ParseId(string text) => Guid.TryParseExact(text, "N", out var id) ? id : throw new FormatException($"'{text}' is no id: 32 hex digits");

    public static TenantId ParseTenant(string text) => TenantId.IsValid(text) ? new TenantId(text) : throw new FormatException($"'{text}' is no tenant");
}
