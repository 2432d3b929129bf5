using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Voxeltron.Ultra;

/// <summary>
/// The text of an entry's body as the UTF-8 bytes that are hashed, sent and stored: no step between a cell's action and the
/// database makes a string of it. Equal when the bytes are.
/// </summary>
/// <param name="Utf8">JCS text, at most <see cref="Kernel.Limits.EntryBodyBytes"/>. Never changed once here.</param>
[SuppressMessage("Usage", "CA2225", Justification = "The constructor and Of are the named forms.")]
public readonly record struct EntryBody(ReadOnlyMemory<byte> Utf8)
{
    public int Length => Utf8.Length;

    public ReadOnlySpan<byte> Span => Utf8.Span;

    public static EntryBody Of(string text) => new(Encoding.UTF8.GetBytes(text));

    public static implicit operator EntryBody(string text) => Of(text);

    public bool Equals(EntryBody other) => Span.SequenceEqual(other.Span);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    public override string ToString() => Encoding.UTF8.GetString(Span);
}
