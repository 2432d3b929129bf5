using System.Globalization;
using System.Text;

namespace Voxeltron.Cells;

/// <summary>
/// Text that an uploader chose, made fit to be stored and shown: no character moves a terminal, and none is U+0000, which
/// Postgres text cannot hold.
/// </summary>
internal static class PrintableText
{
    /// <summary>Control characters as <c>\uXXXX</c>; what does not fit whole into the length is left out.</summary>
    /// <param name="text">Any text, also with lone surrogates.</param>
    /// <param name="maxLength">In UTF-16 code units of the answer.</param>
    public static string Of(string text, int maxLength)
    {
        var printable = new StringBuilder(Math.Min(text.Length, maxLength));
        for (var at = 0; at < text.Length;)
        {
            var pair = char.IsSurrogatePair(text, at);
            var escaped = !pair && (char.IsControl(text[at]) || char.IsSurrogate(text[at]));
            var length = escaped ? 6 : pair ? 2 : 1;
            if (printable.Length + length > maxLength)
            {
                break;
            }

            if (escaped)
            {
                printable.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[at]:X4}");
            }
            else
            {
                printable.Append(text, at, length);
            }

            at += pair ? 2 : 1;
        }

        return printable.ToString();
    }
}
