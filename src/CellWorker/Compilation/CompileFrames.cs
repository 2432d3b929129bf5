using System.Buffers.Binary;
using System.Text;

namespace Voxeltron.CellWorker;

/// <summary>
/// What a worker and its compiling child say to one another: one question on standard input, one answer on standard output.
/// <code>
/// question   "vxq1"  fingerprint (64 ASCII)  u32 length   wasm
/// answer     "vxa1"  status (1)              u32 length   artifact (status 0) | code LF reason, UTF-8 (status 1)
/// </code>
/// Little-endian. Nothing follows an answer.
/// </summary>
internal static class CompileFrames
{
    public const int FingerprintLength = 64;
    public const int QuestionHeadLength = 4 + FingerprintLength + 4;
    public const int AnswerHeadLength = 4 + 1 + 4;

    public const byte Compiled = 0;
    public const byte Refused = 1;

    private static ReadOnlySpan<byte> QuestionMagic => "vxq1"u8;

    private static ReadOnlySpan<byte> AnswerMagic => "vxa1"u8;

    public static byte[] QuestionHead(string fingerprint, int length)
    {
        var head = new byte[QuestionHeadLength];
        QuestionMagic.CopyTo(head);
        Encoding.ASCII.GetBytes(fingerprint, head.AsSpan(4, FingerprintLength));
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(4 + FingerprintLength), (uint)length);
        return head;
    }

    /// <returns>Null when it is no question.</returns>
    public static (string Fingerprint, uint Length)? ReadQuestionHead(ReadOnlySpan<byte> head) =>
        head.StartsWith(QuestionMagic)
            ? (Encoding.ASCII.GetString(head.Slice(4, FingerprintLength)), BinaryPrimitives.ReadUInt32LittleEndian(head[(4 + FingerprintLength)..]))
            : null;

    public static byte[] AnswerHead(byte status, int length)
    {
        var head = new byte[AnswerHeadLength];
        AnswerMagic.CopyTo(head);
        head[4] = status;
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(5), (uint)length);
        return head;
    }

    /// <returns>Null when it is no answer.</returns>
    public static (byte Status, uint Length)? ReadAnswerHead(ReadOnlySpan<byte> head) =>
        head.StartsWith(AnswerMagic) ? (head[4], BinaryPrimitives.ReadUInt32LittleEndian(head[5..])) : null;
}
