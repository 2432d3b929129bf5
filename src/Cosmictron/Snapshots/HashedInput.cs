using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Voxeltron.Cosmictron;

/// <summary>Bytes of a dump as they are read, hashed in passing. Says where it was when they ran out.</summary>
internal sealed class HashedInput(Stream source) : IDisposable
{
    private readonly byte[] _buffer = new byte[32 * 1024];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int _at;
    private int _hashed;
    private int _filled;

    /// <summary>What is being read, for the message of a dump that is cut off.</summary>
    public string Place { get; set; } = "its head";

    public void Read(Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            if (_at == _filled && !Fill())
            {
                throw new StateFormatException($"The dump is cut off in {Place}.");
            }

            var count = Math.Min(target.Length, _filled - _at);
            _buffer.AsSpan(_at, count).CopyTo(target);
            _at += count;
            target = target[count..];
        }
    }

    public int ReadInt32()
    {
        Span<byte> number = stackalloc byte[sizeof(int)];
        Read(number);
        return BinaryPrimitives.ReadInt32BigEndian(number);
    }

    public bool AtEnd => _at == _filled && !Fill();

    /// <summary>SHA-256 of everything read since the last digest.</summary>
    public byte[] Digest()
    {
        _hash.AppendData(_buffer.AsSpan(_hashed, _at - _hashed));
        _hashed = _at;
        return _hash.GetHashAndReset();
    }

    public void Dispose() => _hash.Dispose();

    private bool Fill()
    {
        _hash.AppendData(_buffer.AsSpan(_hashed, _at - _hashed));
        _at = 0;
        _hashed = 0;
        _filled = source.Read(_buffer);
        return _filled > 0;
    }
}
