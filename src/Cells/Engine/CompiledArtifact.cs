using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>
/// Serialized machine code of one module, in native memory: it may have tens of megabytes and is written out once. Not thread-safe;
/// must be disposed.
/// </summary>
public sealed unsafe class CompiledArtifact : IDisposable
{
    private NativeVector _bytes;

    internal CompiledArtifact(NativeVector bytes) => _bytes = bytes;

    /// <summary>Good until disposed.</summary>
    public ReadOnlySpan<byte> Bytes => new(_bytes.Data, checked((int)_bytes.Size));

    public void Dispose()
    {
        fixed (NativeVector* vector = &_bytes)
        {
            Native.wasm_byte_vec_delete(vector);
        }

        _bytes = default;
    }
}
