using System.Diagnostics.CodeAnalysis;
using System.Text;
using Voxeltron.Kernel;
using Utf8Base64 = System.Buffers.Text.Base64;

namespace Voxeltron.Ultra;

/// <summary>
/// Writes canonical JSON directly: the caller gives the members in order, integers are the only numbers.
/// Reusable through <see cref="Reset"/>; not thread-safe.
/// </summary>
/// <remarks>
/// A key out of order, given twice, or an integer of 2^53 and more is a bug of the caller and throws
/// <see cref="InvariantException"/> at once, in release builds too: a signed text that is not canonical could never be taken back.
/// </remarks>
[SuppressMessage("Naming", "CA1720", Justification = "The methods are named for JSON's own types.")]
public sealed class JcsWriter
{
    /// <summary>Nothing we write ourselves is nested deeper.</summary>
    private const int UsualDepth = 8;

    /// <summary>A thread keeps no more for the next text.</summary>
    private const int MostKeptBytes = 64 * 1024;

    [ThreadStatic]
    private static JcsWriter? t_spare;

    private readonly JcsBuffer _out;

    // The last key at each depth, for the order check; null before the first key and inside arrays.
    private string?[] _lastName = new string?[UsualDepth];

    private int _depth;
    private bool _needsComma;

    public JcsWriter()
        : this(256)
    {
    }

    public JcsWriter(int capacity)
    {
        _out = new JcsBuffer(capacity);
    }

    /// <summary>An empty writer, this thread's last one where that was given back: a boot writes a dozen texts of a few hundred bytes.</summary>
    public static JcsWriter Rent()
    {
        var spare = t_spare ?? new JcsWriter(1_024);
        t_spare = null;
        spare.Reset();
        return spare;
    }

    /// <summary>Gives the writer back; what <see cref="WrittenSpan"/> showed is gone. Whoever forgets costs one writer.</summary>
    public void Return()
    {
        if (_out.Capacity <= MostKeptBytes)
        {
            t_spare = this;
        }
    }

    /// <summary>The text so far, UTF-8. Valid until the next call on this writer.</summary>
    public ReadOnlySpan<byte> WrittenSpan => _out.Written;

    public void Reset()
    {
        _out.Truncate(0);
        _depth = 0;
        _needsComma = false;
    }

    public JcsWriter BeginObject() => Begin((byte)'{');

    public JcsWriter EndObject() => End((byte)'}');

    public JcsWriter BeginArray() => Begin((byte)'[');

    public JcsWriter EndArray() => End((byte)']');

    public JcsWriter Name(string name)
    {
        if (string.CompareOrdinal(_lastName[_depth], name) >= 0)
        {
            throw new InvariantException($"Canonical JSON: key '{name}' written after '{_lastName[_depth]}'.");
        }

        _lastName[_depth] = name;
        Separate();
        JcsText.Write(_out, name);
        _out.Append((byte)':');
        _needsComma = false;
        return this;
    }

    public JcsWriter String(ReadOnlySpan<char> value)
    {
        Separate();
        JcsText.Write(_out, value);
        return Done();
    }

    public JcsWriter Integer(long value)
    {
        if (!JcsNumber.IsSafe(value))
        {
            throw new InvariantException($"Canonical JSON: {value} is not below 2^53; write it as a string.");
        }

        Separate();
        _out.AppendInteger(value);
        return Done();
    }

    public JcsWriter Boolean(bool value)
    {
        Separate();
        _out.Append(value ? "true"u8 : "false"u8);
        return Done();
    }

    public JcsWriter Null()
    {
        Separate();
        _out.Append("null"u8);
        return Done();
    }

    /// <summary>A string of lower-case hex digits.</summary>
    public JcsWriter Hex(ReadOnlySpan<byte> value)
    {
        Separate();
        var room = _out.Reserve((value.Length * 2) + 2);
        room[0] = (byte)'"';
        Convert.TryToHexStringLower(value, room[1..], out var written);
        room[written + 1] = (byte)'"';
        _out.Advance(written + 2);
        return Done();
    }

    /// <summary>A string in standard, padded base64.</summary>
    public JcsWriter Base64(ReadOnlySpan<byte> value)
    {
        Separate();
        var room = _out.Reserve(Utf8Base64.GetMaxEncodedToUtf8Length(value.Length) + 2);
        room[0] = (byte)'"';
        Utf8Base64.EncodeToUtf8(value, room[1..], out _, out var written);
        room[written + 1] = (byte)'"';
        _out.Advance(written + 2);
        return Done();
    }

    /// <summary>A value that is canonical already. Not checked: the caller made it with this type or with <see cref="Jcs"/>.</summary>
    public JcsWriter Canonical(ReadOnlySpan<byte> value)
    {
        Separate();
        _out.Append(value);
        return Done();
    }

    public byte[] ToArray() => _out.Written.ToArray();

    public override string ToString() => Encoding.UTF8.GetString(_out.Written);

    private JcsWriter Begin(byte bracket)
    {
        if (_depth == Jcs.MaxDepth)
        {
            throw new InvariantException($"Canonical JSON: nested deeper than {Jcs.MaxDepth}.");
        }

        Separate();
        _out.Append(bracket);
        if (++_depth == _lastName.Length)
        {
            Array.Resize(ref _lastName, Jcs.MaxDepth + 1);
        }

        _lastName[_depth] = null;
        _needsComma = false;
        return this;
    }

    private JcsWriter End(byte bracket)
    {
        _depth--;
        _out.Append(bracket);
        return Done();
    }

    private void Separate()
    {
        if (_needsComma)
        {
            _out.Append((byte)',');
        }
    }

    private JcsWriter Done()
    {
        _needsComma = true;
        return this;
    }
}
