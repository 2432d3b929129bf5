namespace Voxeltron.Cells;

/// <summary>Bytes that are no core WebAssembly module. Never leaves admission.</summary>
internal sealed class WasmFormatException(string message) : Exception(message);
