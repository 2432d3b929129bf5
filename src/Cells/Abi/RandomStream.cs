using System.Buffers.Binary;
using System.Security.Cryptography;
using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// A guest's deterministic randomness: blocks SHA-256(seed | u64be counter), counter from 0, read as one stream through
/// an event. The same on replay; never for keys, since the seed is kept in the log.
/// </summary>
public sealed class RandomStream
{
    public const int SeedBytes = 32;

    private readonly byte[] _input = new byte[SeedBytes + sizeof(ulong)];
    private readonly byte[] _block = new byte[SHA256.HashSizeInBytes];
    private ulong _counter;
    private int _used = SHA256.HashSizeInBytes;

    public RandomStream(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedBytes)
        {
            throw new InvariantException($"A random seed has {SeedBytes} bytes, not {seed.Length}.");
        }

        seed.CopyTo(_input);
    }

    public void Fill(Span<byte> output)
    {
        while (!output.IsEmpty)
        {
            if (_used == _block.Length)
            {
                BinaryPrimitives.WriteUInt64BigEndian(_input.AsSpan(SeedBytes), _counter++);
                SHA256.HashData(_input, _block);
                _used = 0;
            }

            var taken = Math.Min(output.Length, _block.Length - _used);
            _block.AsSpan(_used, taken).CopyTo(output);
            _used += taken;
            output = output[taken..];
        }
    }
}
