namespace Voxeltron.Cells;

/// <summary>
/// Reads types, imports, exports and limits from a module's sections. Function bodies are Wasmtime's business: this runs
/// on what Wasmtime has validated, or, to name a feature that is switched off, on what it refused.
/// </summary>
internal sealed class ModuleShapeReader
{
    private const byte FunctionType = 0x60;

    private readonly ModuleShape _shape = new();
    private readonly List<FunctionSignature> _types = [];
    private readonly List<FunctionSignature> _functions = [];

    private ModuleShapeReader()
    {
    }

    public static bool IsComponent(ReadOnlySpan<byte> wasm) => wasm.Length >= 8 && wasm.StartsWith("\0asm"u8) && wasm[6] == 1;

    public static ModuleShape Read(ReadOnlySpan<byte> wasm)
    {
        var cursor = new WasmCursor(wasm);
        if (!cursor.Take(8).SequenceEqual("\0asm\u0001\0\0\0"u8))
        {
            throw new WasmFormatException("not a core WebAssembly module of version 1");
        }

        var reader = new ModuleShapeReader();
        while (!cursor.AtEnd)
        {
            var id = cursor.Byte();
            reader.Section(id, new WasmCursor(cursor.Take(cursor.U32())));
        }

        return reader._shape;
    }

    private void Section(byte id, WasmCursor section)
    {
        switch (id)
        {
            case 1:
                Types(ref section);
                break;
            case 2:
                Imports(ref section);
                break;
            case 3:
                Functions(ref section);
                break;
            case 4:
                Tables(ref section);
                break;
            case 5:
                Memories(ref section);
                break;
            case 6:
                _shape.Globals = section.U32();
                break;
            case 7:
                Exports(ref section);
                break;
            case 8:
                _shape.HasStart = true;
                break;
            case 9 or 11:
                _shape.Segments += section.U32();
                break;
            default:
                break;
        }
    }

    private void Types(ref WasmCursor section)
    {
        for (var count = section.U32(); count > 0; count--)
        {
            if (section.Byte() != FunctionType)
            {
                throw new WasmFormatException("a type that is no function type");
            }

            _types.Add(new FunctionSignature(ValueTypes(ref section), ValueTypes(ref section)));
        }
    }

    private void Imports(ref WasmCursor section)
    {
        for (var count = section.U32(); count > 0; count--)
        {
            var module = section.Name();
            var name = section.Name();
            var kind = (ExternKind)section.Byte();
            FunctionSignature? signature = null;
            switch (kind)
            {
                case ExternKind.Function:
                    signature = Type(section.U32());
                    _functions.Add(signature);
                    break;
                case ExternKind.Table:
                    section.Byte();
                    _shape.Tables.Add(Limits(ref section));
                    break;
                case ExternKind.Memory:
                    _shape.Memories.Add(Limits(ref section));
                    break;
                case ExternKind.Global:
                    section.Take(2);
                    break;
                default:
                    throw new WasmFormatException("unknown import kind");
            }

            _shape.Imports.Add(new ModuleImport(module, name, kind, signature));
        }
    }

    private void Functions(ref WasmCursor section)
    {
        _shape.Functions = section.U32();
        for (var count = _shape.Functions; count > 0; count--)
        {
            _functions.Add(Type(section.U32()));
        }
    }

    private void Tables(ref WasmCursor section)
    {
        for (var count = section.U32(); count > 0; count--)
        {
            section.Byte();
            _shape.Tables.Add(Limits(ref section));
        }
    }

    private void Memories(ref WasmCursor section)
    {
        for (var count = section.U32(); count > 0; count--)
        {
            _shape.Memories.Add(Limits(ref section));
        }
    }

    private void Exports(ref WasmCursor section)
    {
        for (var count = section.U32(); count > 0; count--)
        {
            var name = section.Name();
            var kind = (ExternKind)section.Byte();
            var index = section.U32();
            var signature = kind == ExternKind.Function
                ? index < _functions.Count ? _functions[(int)index] : throw new WasmFormatException("unknown function")
                : null;
            _shape.Exports.Add(new ModuleExport(name, kind, signature));
        }
    }

    private static ExternLimits Limits(ref WasmCursor section)
    {
        const uint hasMaximum = 1;
        const uint shared = 2;
        const uint is64Bit = 4;
        var flags = section.U32();
        if (flags > 7)
        {
            throw new WasmFormatException("malformed limits flags");
        }

        var minimum = section.U64();
        return new ExternLimits(minimum, (flags & hasMaximum) != 0 ? section.U64() : null, (flags & shared) != 0, (flags & is64Bit) != 0);
    }

    private FunctionSignature Type(uint index) =>
        index < _types.Count ? _types[(int)index] : throw new WasmFormatException("unknown type");

    private static string ValueTypes(ref WasmCursor section)
    {
        var count = section.U32();
        if (count > 1000)
        {
            throw new WasmFormatException("too many values in a function type");
        }

        var names = new string[count];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = section.Byte() switch
            {
                0x7F => "i32",
                0x7E => "i64",
                0x7D => "f32",
                0x7C => "f64",
                0x7B => "v128",
                0x70 => "funcref",
                0x6F => "externref",
                _ => throw new WasmFormatException("unknown value type"),
            };
        }

        return string.Join(',', names);
    }
}
