using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Voxeltron.CellWorker;

/// <summary>Where an image lies in the spool, and what proves that it is that image.</summary>
/// <param name="Tag">Of AES-GCM.</param>
internal readonly record struct SpoolPlace(long Offset, int Length, ulong Nonce, UInt128 Tag);

/// <summary>
/// Images of sleeping cells, on disk, for as long as this process lives. A guest's memory may hold anything a task was given, so it is
/// encrypted (AES-256-GCM, NIST SP 800-38D) under a key nobody else has and nobody keeps; the file has no name, so that whatever ends the
/// process also ends it. Losing an image costs its cell a reboot, and nothing else.
/// </summary>
/// <remarks>Thread-safe. Bounded: <see cref="TryStore"/> says no when it is full, and the cell stays warm.</remarks>
internal sealed class Spool : IDisposable
{
    /// <summary>Left to whoever else writes to that disk: the log, as a rule.</summary>
    private const long DiskReserveBytes = 1L << 30;

    /// <summary>How much the file may grow between two looks at the disk.</summary>
    private const long GrowthBytes = 64L << 20;

    private const int TagBytes = 16;
    private const int NonceBytes = 12;

    private readonly Lock _gate = new();
    private readonly string _directory;
    private readonly SafeFileHandle _file;
    private readonly SpoolSpace _space;
    private readonly long _mostBytes;

    // Both guarded by _gate: an AesGcm takes one call at a time, and a nonce must never come twice.
    private readonly AesGcm _cipher;
    private ulong _nonce;
    private long _grownTo;
    private int _images;
    private bool _disposed;

    private Spool(string directory, SafeFileHandle file, long mostBytes)
    {
        _directory = directory;
        _file = file;
        _space = new SpoolSpace(mostBytes);
        _mostBytes = mostBytes;
        Span<byte> key = stackalloc byte[32];
        RandomNumberGenerator.Fill(key);
        _cipher = new AesGcm(key, TagBytes);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Images in it.</summary>
    public int Images => Volatile.Read(ref _images);

    /// <summary>Bytes they take on disk.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_gate)
            {
                return _space.UsedBytes;
            }
        }
    }

    /// <summary>A part is left for images of cells that change places with one that wakes.</summary>
    public bool HasHeadroom => UsedBytes < _mostBytes - (_mostBytes / 16);

    /// <summary>For tests: whoever can write to the file may damage what it holds, and no more.</summary>
    internal SafeFileHandle File => _file;

    /// <exception cref="IOException">The directory takes no file.</exception>
    public static Spool Open(string directory, long mostBytes)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, $"spool-{Environment.ProcessId}-{Guid.NewGuid():N}");
        var file = System.IO.File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        System.IO.File.Delete(path);
        return new Spool(directory, file, mostBytes);
    }

    /// <returns>Null when there is no room, in the spool or on its disk.</returns>
    // Hot path: per cell that goes to sleep.
    public SpoolPlace? TryStore(ReadOnlySpan<byte> image)
    {
        var rented = ArrayPool<byte>.Shared.Rent(image.Length);
        try
        {
            Span<byte> tag = stackalloc byte[TagBytes];
            SpoolPlace place;
            lock (_gate)
            {
                if (_disposed || TakeRoom(image.Length) is not { } offset)
                {
                    return null;
                }

                place = new SpoolPlace(offset, image.Length, ++_nonce, default);
                _cipher.Encrypt(Nonce(place.Nonce, stackalloc byte[NonceBytes]), image, rented.AsSpan(0, image.Length), tag);
                place = place with { Tag = BinaryPrimitives.ReadUInt128LittleEndian(tag) };
                _images++;
            }

            return TryWrite(rented.AsSpan(0, image.Length), place) ? place : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <param name="target">As long as the image; cleared by the caller when it is done.</param>
    /// <returns>False when the bytes are not those that were stored: they are lost.</returns>
    // Hot path: per cell that wakes.
    public bool TryRead(in SpoolPlace place, Span<byte> target)
    {
        var rented = ArrayPool<byte>.Shared.Rent(place.Length);
        try
        {
            var sealedBytes = rented.AsSpan(0, place.Length);
            for (var read = 0; read < place.Length;)
            {
                var got = RandomAccess.Read(_file, sealedBytes[read..], place.Offset + read);
                if (got == 0)
                {
                    return false;
                }

                read += got;
            }

            Span<byte> tag = stackalloc byte[TagBytes];
            BinaryPrimitives.WriteUInt128LittleEndian(tag, place.Tag);
            lock (_gate)
            {
                if (_disposed)
                {
                    return false;
                }

                _cipher.Decrypt(Nonce(place.Nonce, stackalloc byte[NonceBytes]), sealedBytes, tag, target);
            }

            return true;
        }
        catch (Exception damaged) when (damaged is IOException or CryptographicException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The image is not needed any more. Each once.</summary>
    public void Free(in SpoolPlace place)
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _images--;
                _space.Give(place.Offset, place.Length);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _cipher.Dispose();
        }

        _file.Dispose();
    }

    private bool TryWrite(ReadOnlySpan<byte> bytes, in SpoolPlace place)
    {
        try
        {
            RandomAccess.Write(_file, bytes, place.Offset);
            return true;
        }
        catch (Exception full) when (full is IOException or ObjectDisposedException)
        {
            Free(place);
            return false;
        }
    }

    private long? TakeRoom(int length)
    {
        var offset = _space.Take(length);
        if (offset is { } taken && _space.EndBytes > _grownTo)
        {
            if (FreeBytes() < GrowthBytes + DiskReserveBytes)
            {
                _space.Give(taken, length);
                return null;
            }

            _grownTo = _space.EndBytes + GrowthBytes;
        }

        return offset;
    }

    private long FreeBytes()
    {
        try
        {
            return new DriveInfo(_directory).AvailableFreeSpace;
        }
        catch (Exception unseen) when (unseen is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Somebody removed the directory, as a rule: the file is still there, and nobody knows how long it may grow.
            return 0;
        }
    }

    private static Span<byte> Nonce(ulong number, Span<byte> target)
    {
        target.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(target, number);
        return target;
    }
}
