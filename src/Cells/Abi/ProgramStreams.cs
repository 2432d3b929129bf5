using System.Text;
using System.Text.Json;

namespace Voxeltron.Cells;

/// <summary>
/// What a program sees instead of a terminal, for one run of its <c>_start</c>: the task's input as standard input, the result
/// as standard output, log lines as standard error. All of it bounded by <see cref="CellLimits"/>.
/// </summary>
internal sealed class ProgramStreams
{
    public const int Input = 0;
    public const int Output = 1;
    public const int Error = 2;

    /// <summary>A cell is not told under which name its module was uploaded.</summary>
    private const string Name = "program";

    private readonly ReadOnlyMemory<byte> _input;
    private readonly bool[] _closed = new bool[3];
    private byte[] _output = [];
    private int _outputLength;
    private int _read;

    // The line of standard error that has not ended yet.
    private readonly byte[] _line = new byte[CellLimits.LogLineBytes];
    private bool _isErrorDropped;
    private int _lineLength;

    public ProgramStreams(in CellEvent evt)
    {
        _input = evt.Input;
        Arguments = Encoding.UTF8.GetBytes($"{Name}\0{TaskKey(evt.EnvelopeJson.Span)}\0");
    }

    /// <summary>Name and task key, each with a zero behind it.</summary>
    public byte[] Arguments { get; }

    /// <summary>Where the second argument begins.</summary>
    public static int SecondArgument => Name.Length + 1;

    /// <summary>Set by proc_exit, which never returns to the guest.</summary>
    public uint? ExitCode { get; set; }

    public int Unread => _input.Length - _read;

    public int Room => CellLimits.ResultBytes - _outputLength;

    public byte[] Result() => _output.AsSpan(0, _outputLength).ToArray();

    public bool IsOpen(int descriptor) => (uint)descriptor < (uint)_closed.Length && !_closed[descriptor];

    public void Close(int descriptor) => _closed[descriptor] = true;

    public int Read(Span<byte> output)
    {
        var taken = Math.Min(output.Length, Unread);
        _input.Span.Slice(_read, taken).CopyTo(output);
        _read += taken;
        return taken;
    }

    /// <summary>Takes what there is room for.</summary>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        var taken = Math.Min(bytes.Length, Room);
        if (_outputLength + taken > _output.Length)
        {
            Array.Resize(ref _output, Math.Min(CellLimits.ResultBytes, Math.Max(_outputLength + taken, 2 * _output.Length)));
        }

        bytes[..taken].CopyTo(_output.AsSpan(_outputLength));
        _outputLength += taken;
        return taken;
    }

    /// <summary>
    /// Cuts what is written to standard error into log lines; a line longer than one may be goes on as the next. From the first
    /// line there is no room for all that follows is dropped unread: its fuel is the bytes' alone, and a line may be one byte.
    /// </summary>
    public void WriteError(ReadOnlySpan<byte> bytes, HostScope log)
    {
        while (!bytes.IsEmpty && !_isErrorDropped)
        {
            if (bytes[0] == (byte)'\n')
            {
                EndLine(log);
                bytes = bytes[1..];
                continue;
            }

            // Only now: a line that is just as long as one may be is one, however it was written.
            if (_lineLength == _line.Length)
            {
                EndLine(log);
            }

            var end = bytes.IndexOf((byte)'\n');
            var part = bytes[..Math.Min(end < 0 ? bytes.Length : end, _line.Length - _lineLength)];
            part.CopyTo(_line.AsSpan(_lineLength));
            _lineLength += part.Length;
            bytes = bytes[part.Length..];
        }
    }

    /// <summary>What stands in a line that was never ended is said all the same.</summary>
    public void EndError(HostScope log)
    {
        if (_lineLength > 0)
        {
            EndLine(log);
        }
    }

    private void EndLine(HostScope log)
    {
        _isErrorDropped = _isErrorDropped || !log.TryErrorLine(_line.AsSpan(0, _lineLength));
        _lineLength = 0;
    }

    private static string TaskKey(ReadOnlySpan<byte> envelope)
    {
        var json = new Utf8JsonReader(envelope);
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 1)
            {
                var isTask = json.ValueTextEquals("task"u8);
                json.Read();
                if (isTask)
                {
                    return json.GetString()!;
                }

                json.Skip();
            }
        }

        return "";
    }
}
