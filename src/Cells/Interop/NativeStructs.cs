using System.Runtime.InteropServices;

namespace Voxeltron.Cells.Interop;

// Layouts of the C API of Wasmtime 50.0.1. Every one is a plain value; none owns anything.

/// <summary>One argument or result of an unchecked call. 16 bytes because it can hold a v128.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct RawValue
{
    [FieldOffset(0)]
    public int I32;

    [FieldOffset(0)]
    public long I64;
}

/// <summary><c>wasmtime_instance_t</c></summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InstanceRef
{
    public ulong Store;
    public nint Index;
}

/// <summary><c>wasmtime_func_t</c></summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FunctionRef
{
    public ulong Store;
    public nint Pointer;
}

/// <summary><c>wasmtime_memory_t</c></summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MemoryRef
{
    public ulong Store;
    public uint Private1;
    public uint Padding1;
    public uint Private2;
    public uint Padding2;
}

/// <summary><c>wasmtime_global_t</c></summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GlobalRef
{
    public ulong Store;
    public uint Private1;
    public uint Private2;
    public uint Private3;
    public uint Padding;
}

/// <summary><c>wasmtime_val_t</c> of a number or a vector: a kind, then a union whose largest member has 24 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct GlobalValue
{
    [FieldOffset(0)]
    public byte Kind;

    [FieldOffset(8)]
    public ulong Low;

    [FieldOffset(16)]
    public ulong High;

    /// <summary>From the binary format's value type: i32, i64, f32, f64 and v128 count down from 0x7F there, and up from 0 here.</summary>
    public static byte KindOf(byte valueType) => (byte)(0x7F - valueType);
}

/// <summary><c>wasmtime_extern_t</c>: a kind, then a union whose largest member has 24 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct ExternRef
{
    public const byte KindFunction = 0;
    public const byte KindGlobal = 1;
    public const byte KindMemory = 3;

    [FieldOffset(0)]
    public byte Kind;

    [FieldOffset(8)]
    public FunctionRef Function;

    [FieldOffset(8)]
    public MemoryRef Memory;

    [FieldOffset(8)]
    public GlobalRef Global;
}

/// <summary><c>wasm_byte_vec_t</c> and its kin: a length and a pointer that the C API owns.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeVector
{
    public nuint Size;
    public void* Data;
}
