using System.Text;

namespace Voxeltron.Ultra;

/// <summary>
/// RFC 8785: one text per JSON value, so that a signature over the text is a signature over the value.
/// Stricter than the RFC where signed data must not be ambiguous: duplicate keys and deep nesting are refused.
/// </summary>
public static class Jcs
{
    /// <summary>Nesting of objects and arrays together.</summary>
    public const int MaxDepth = 32;

    // Strict: a string with a lone surrogate has no UTF-8 form.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="integersOnly">Refuses every number but integers with |n| &lt; 2^53, as entry bodies require.</param>
    /// <exception cref="JcsException">The text is malformed, ambiguous or too deep.</exception>
    public static byte[] Canonicalize(ReadOnlySpan<byte> json, bool integersOnly = false)
    {
        var canonicalizer = new JcsCanonicalizer(json.Length, integersOnly);
        canonicalizer.Run(json);
        return canonicalizer.Written.ToArray();
    }

    /// <summary>
    /// The form of a value that is stored and read back: also refuses U+0000, which Postgres text cannot hold, and numbers
    /// whose decimal value the form would change (0.1 stays, 9007199254740993 would become …992).
    /// </summary>
    /// <exception cref="JcsException">As above, or <see cref="JcsException.Inexact"/>.</exception>
    public static byte[] CanonicalizeExact(ReadOnlySpan<byte> json)
    {
        var canonicalizer = new JcsCanonicalizer(json.Length, integersOnly: false, exact: true);
        canonicalizer.Run(json);
        return canonicalizer.Written.ToArray();
    }

    /// <summary>True when canonicalising <paramref name="text"/> would not change it.</summary>
    public static bool IsCanonical(string text, bool integersOnly = false)
    {
        byte[] utf8;
        try
        {
            utf8 = StrictUtf8.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            return false;
        }

        return IsCanonical(utf8, integersOnly);
    }

    public static bool IsCanonical(ReadOnlySpan<byte> utf8, bool integersOnly = false)
    {
        try
        {
            var canonicalizer = new JcsCanonicalizer(utf8.Length, integersOnly);
            canonicalizer.Run(utf8);
            return canonicalizer.Written.SequenceEqual(utf8);
        }
        catch (JcsException)
        {
            return false;
        }
    }
}
