using System.Text.Json;

namespace Voxeltron.Ultra;

/// <summary>One canonicalisation. Members are written in the order they come; only an object that was not in order is rearranged.</summary>
internal sealed class JcsCanonicalizer(int sizeHint, bool integersOnly, bool exact = false)
{
    private readonly JcsBuffer _out = new(Math.Max(64, sizeHint + 16));

    public ReadOnlySpan<byte> Written => _out.Written;

    public void Run(ReadOnlySpan<byte> json)
    {
        // Depth is counted here, so that a refusal can say "too deep"; the reader's own limit only backs it up.
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Jcs.MaxDepth + 1, CommentHandling = JsonCommentHandling.Disallow });
        try
        {
            Read(ref reader);
            WriteValue(ref reader, depth: 0);
            if (reader.Read())
            {
                throw new JcsException(JcsException.Malformed, reader.TokenStartIndex, "text after the value");
            }
        }
        catch (JsonException e)
        {
            throw new JcsException(JcsException.Malformed, reader.BytesConsumed, e.Message, e);
        }
        catch (InvalidOperationException e)
        {
            // The reader finds bad UTF-8 and lone surrogates only when a string is taken out.
            throw new JcsException(JcsException.BadText, reader.TokenStartIndex, "a string is not valid Unicode", e);
        }
    }

    private static void Read(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            throw new JcsException(JcsException.Malformed, reader.BytesConsumed, "the text ends inside a value");
        }
    }

    private void WriteValue(ref Utf8JsonReader reader, int depth)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                WriteObject(ref reader, Deeper(ref reader, depth));
                break;
            case JsonTokenType.StartArray:
                WriteArray(ref reader, Deeper(ref reader, depth));
                break;
            case JsonTokenType.String:
                WriteText(ref reader);
                break;
            case JsonTokenType.Number:
                WriteNumber(ref reader);
                break;
            case JsonTokenType.True:
                _out.Append("true"u8);
                break;
            case JsonTokenType.False:
                _out.Append("false"u8);
                break;
            default:
                _out.Append("null"u8);
                break;
        }
    }

    private static int Deeper(ref Utf8JsonReader reader, int depth)
    {
        return depth < Jcs.MaxDepth
            ? depth + 1
            : throw new JcsException(JcsException.TooDeep, reader.TokenStartIndex, $"nested deeper than {Jcs.MaxDepth}");
    }

    private void WriteArray(ref Utf8JsonReader reader, int depth)
    {
        _out.Append((byte)'[');
        var first = true;
        for (Read(ref reader); reader.TokenType != JsonTokenType.EndArray; Read(ref reader))
        {
            if (!first)
            {
                _out.Append((byte)',');
            }

            first = false;
            WriteValue(ref reader, depth);
        }

        _out.Append((byte)']');
    }

    private void WriteObject(ref Utf8JsonReader reader, int depth)
    {
        _out.Append((byte)'{');
        var members = new List<Member>();
        var sorted = true;
        for (Read(ref reader); reader.TokenType != JsonTokenType.EndObject; Read(ref reader))
        {
            if (members.Count > 0)
            {
                _out.Append((byte)',');
            }

            var position = reader.TokenStartIndex;
            var start = _out.Length;
            var name = WriteText(ref reader);
            _out.Append((byte)':');
            Read(ref reader);
            WriteValue(ref reader, depth);
            sorted &= members.Count == 0 || string.CompareOrdinal(members[^1].Name, name) < 0;
            members.Add(new Member(name, start, _out.Length - start, position));
        }

        if (!sorted)
        {
            Rearrange(members);
        }

        _out.Append((byte)'}');
    }

    private void Rearrange(List<Member> members)
    {
        var from = members[0].Start;
        members.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        var unsorted = _out.Written[from..].ToArray();
        _out.Truncate(from);
        for (var i = 0; i < members.Count; i++)
        {
            if (i > 0)
            {
                if (members[i].Name == members[i - 1].Name)
                {
                    var position = Math.Max(members[i].Position, members[i - 1].Position);
                    throw new JcsException(JcsException.DuplicateKey, position, $"the key '{members[i].Name}' is given twice");
                }

                _out.Append((byte)',');
            }

            _out.Append(unsorted.AsSpan(members[i].Start - from, members[i].Length));
        }
    }

    private string WriteText(ref Utf8JsonReader reader)
    {
        var text = reader.GetString()!;
        if (exact && text.Contains('\0'))
        {
            throw new JcsException(JcsException.BadText, reader.TokenStartIndex, "a string holds U+0000");
        }

        JcsText.Write(_out, text);
        return text;
    }

    private void WriteNumber(ref Utf8JsonReader reader)
    {
        // A token with a point or an exponent is no Int64 to the reader, whatever its value.
        if (reader.TryGetInt64(out var integer) && JcsNumber.IsSafe(integer))
        {
            _out.AppendInteger(integer);
            return;
        }

        if (integersOnly)
        {
            throw new JcsException(JcsException.NotAnInteger, reader.TokenStartIndex, "only integers below 2^53 are allowed here");
        }

        var value = reader.GetDouble();
        if (!double.IsFinite(value))
        {
            throw new JcsException(JcsException.NumberOutOfRange, reader.TokenStartIndex, "a number does not fit a double");
        }

        var start = _out.Length;
        JcsNumber.Write(_out, value);
        if (exact && !JcsNumber.SameValue(reader.ValueSpan, _out.Written[start..]))
        {
            throw new JcsException(JcsException.Inexact, reader.TokenStartIndex, "a number has more digits than a double keeps");
        }
    }

    private readonly record struct Member(string Name, int Start, int Length, long Position);
}
