using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Npgsql;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>
/// Entries as rows of <c>COPY … (FORMAT binary)</c>, written straight into one buffer: an importer's call per column costs more
/// than the row's bytes do.
/// </summary>
/// <remarks>
/// PostgreSQL, "COPY": signature, flags, extension length; per row i16 columns, per column i32 length (-1: null) and the value in
/// the type's own binary form; i16 -1 at the end. Integers big-endian; timestamptz in µs since 2000-01-01.
/// </remarks>
// Hot path: per entry; no allocation.
internal sealed class EntryCopy
{
    private const int Columns = 11;

    /// <summary>Sent on when a piece is this full: the server works on one while the next is written.</summary>
    private const int PieceBytes = 128 * 1024;

    /// <summary>2000-01-01 in Unix microseconds.</summary>
    private const long PostgresEpochUs = 946_684_800_000_000;

    private readonly ArrayBufferWriter<byte> _piece = new(PieceBytes * 2);

    private static ReadOnlySpan<byte> Signature => [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public async Task SendAsync(NpgsqlConnection connection, string sql, IReadOnlyList<Entry> entries, CancellationToken cancel)
    {
        await using var copy = await connection.BeginRawBinaryCopyAsync(sql, cancel);
        _piece.ResetWrittenCount();
        _piece.Write(Signature);
        for (var i = 0; i < entries.Count; i++)
        {
            Row(entries[i]);
            if (_piece.WrittenCount >= PieceBytes)
            {
                await copy.WriteAsync(_piece.WrittenMemory, cancel);
                _piece.ResetWrittenCount();
            }
        }

        Int16(-1);
        await copy.WriteAsync(_piece.WrittenMemory, cancel);
        _piece.ResetWrittenCount();
    }

    private void Row(Entry entry)
    {
        var header = entry.Header;
        Int16(Columns);
        Text(header.Tenant.Value);
        Int32(16);
        header.Stream.Value.TryWriteBytes(_piece.GetSpan(16), bigEndian: true, out _);
        _piece.Advance(16);
        Int64(header.Seq);
        Int64(header.Epoch);
        Int64(header.TimeUs - PostgresEpochUs);
        Text(header.Kind);
        Text(header.Actor);
        Bytes(entry.Body.Span);
        BytesOrNull(entry.Payload);
        BytesOrNull(entry.PayloadSalt);
        Bytes(entry.Chain);
    }

    private void Text(string value)
    {
        var room = _piece.GetSpan(sizeof(int) + Encoding.UTF8.GetMaxByteCount(value.Length));
        var length = Encoding.UTF8.GetBytes(value, room[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(room, length);
        _piece.Advance(sizeof(int) + length);
    }

    private void BytesOrNull(byte[]? value)
    {
        if (value is null)
        {
            Int32(-1);
            return;
        }

        Bytes(value);
    }

    private void Bytes(ReadOnlySpan<byte> value)
    {
        Int32(value.Length);
        _piece.Write(value);
    }

    private void Int16(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(_piece.GetSpan(sizeof(short)), value);
        _piece.Advance(sizeof(short));
    }

    private void Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_piece.GetSpan(sizeof(int)), value);
        _piece.Advance(sizeof(int));
    }

    /// <summary>With its length before it.</summary>
    private void Int64(long value)
    {
        var room = _piece.GetSpan(sizeof(int) + sizeof(long));
        BinaryPrimitives.WriteInt32BigEndian(room, sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(room[sizeof(int)..], value);
        _piece.Advance(sizeof(int) + sizeof(long));
    }
}
