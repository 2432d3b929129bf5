using System.Buffers;
using System.Text;

namespace Voxeltron.Ultra;

/// <summary>JSON strings with the least escaping RFC 8785 allows.</summary>
internal static class JcsText
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f");

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void Write(JcsBuffer target, ReadOnlySpan<char> text)
    {
        target.Append((byte)'"');
        while (!text.IsEmpty)
        {
            var clean = text.IndexOfAny(Escaped);
            if (clean < 0)
            {
                WriteClean(target, text);
                break;
            }

            WriteClean(target, text[..clean]);
            WriteEscape(target, text[clean]);
            text = text[(clean + 1)..];
        }

        target.Append((byte)'"');
    }

    private static void WriteClean(JcsBuffer target, ReadOnlySpan<char> text)
    {
        try
        {
            var room = target.Reserve(StrictUtf8.GetMaxByteCount(text.Length));
            target.Advance(StrictUtf8.GetBytes(text, room));
        }
        catch (EncoderFallbackException e)
        {
            throw new JcsException(JcsException.BadText, target.Length, "a string holds a lone surrogate", e);
        }
    }

    private static void WriteEscape(JcsBuffer target, char c)
    {
        target.Append((byte)'\\');
        switch (c)
        {
            case '"' or '\\':
                target.Append((byte)c);
                break;
            case '\b':
                target.Append((byte)'b');
                break;
            case '\t':
                target.Append((byte)'t');
                break;
            case '\n':
                target.Append((byte)'n');
                break;
            case '\f':
                target.Append((byte)'f');
                break;
            case '\r':
                target.Append((byte)'r');
                break;
            default:
                target.Append("u00"u8);
                target.Append((byte)(c < 0x10 ? '0' : '1'));
                target.Append("0123456789abcdef"u8[c & 0xf]);
                break;
        }
    }
}
