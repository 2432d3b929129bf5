namespace Voxeltron.Cells;

/// <summary>Why cells of a module cannot be captured. Stable words: they stand in <c>module.registered</c> entries.</summary>
public static class CaptureCodes
{
    /// <summary>Code changes a table: which function stands where would be lost.</summary>
    public const string TableChanges = "table_changes";

    /// <summary>Code drops a segment: another instance would have it again.</summary>
    public const string SegmentDrops = "segment_drops";

    /// <summary>A mutable global holds a reference, which means nothing in another instance.</summary>
    public const string ReferenceGlobal = "reference_global";

    /// <summary>The module exports a name the fabric needs for its globals.</summary>
    public const string NameTaken = "name_taken";

    /// <summary>More mutable globals than are kept.</summary>
    public const string TooManyGlobals = "too_many_globals";

    /// <summary>It holds an instruction nobody here knows: what that changes cannot be said.</summary>
    public const string UnknownInstruction = "unknown_instruction";

    /// <summary>A program is one event: it never waits.</summary>
    public const string Program = "program";
}

/// <summary>Why cells of a module stay warm however long they wait.</summary>
/// <param name="Code">One of <see cref="CaptureCodes"/>.</param>
/// <param name="Reason">For the uploader: what is in the way, and where.</param>
public sealed record CaptureRefusal(string Code, string Reason);

/// <param name="Index">In the module's index space of globals.</param>
/// <param name="Type">The binary format's value type.</param>
internal readonly record struct MutableGlobal(uint Index, byte Type);

/// <summary>
/// All that can change in an instance besides its memory, found by reading the module: its mutable globals. Or why that cannot be
/// said: then its cells are never captured.
/// </summary>
internal sealed class CapturePlan
{
    /// <summary>Before the index of a global in the name it is exported by.</summary>
    public const string ExportPrefix = "vx:global:";

    /// <summary>Compilers make one to three.</summary>
    private const int MostGlobals = 1_024;

    private const byte TypeI32 = 0x7F;
    private const byte TypeV128 = 0x7B;

    private readonly List<MutableGlobal> _globals = [];

    private CapturePlan()
    {
    }

    /// <summary>Null when an instance can be captured between any two events.</summary>
    public CaptureRefusal? Refusal { get; private set; }

    public IReadOnlyList<MutableGlobal> Globals => _globals;

    /// <summary>Of a valid module.</summary>
    public static CapturePlan Of(ReadOnlySpan<byte> wasm, ModuleShape shape)
    {
        var plan = new CapturePlan();
        try
        {
            plan.Refusal = shape.IsProgram ? new(CaptureCodes.Program, "A program runs once and never waits.") : plan.Read(wasm, shape);
        }
        catch (WasmFormatException unknown)
        {
            plan.Refusal = new(CaptureCodes.UnknownInstruction, $"The module's code could not be read: {unknown.Message}.");
        }

        return plan;
    }

    private CaptureRefusal? Read(ReadOnlySpan<byte> wasm, ModuleShape shape)
    {
        var module = new WasmCursor(wasm);
        module.Take(8);
        while (!module.AtEnd)
        {
            var id = module.Byte();
            var section = new WasmCursor(module.Take(module.U32()));
            var refusal = id switch
            {
                6 => ReadGlobals(ref section),
                10 => ReadCode(ref section, shape.ImportedFunctions),
                _ => null,
            };
            if (refusal is not null)
            {
                return refusal;
            }
        }

        return _globals.Count > 0 && shape.Exports.Exists(static export => export.Name.StartsWith(ExportPrefix, StringComparison.Ordinal))
            ? new(CaptureCodes.NameTaken, $"The module exports a name that begins with '{ExportPrefix}'.")
            : null;
    }

    private CaptureRefusal? ReadGlobals(ref WasmCursor section)
    {
        var count = section.U32();
        for (var index = 0u; index < count; index++)
        {
            var type = section.Byte();
            var isMutable = section.Byte() == 1;
            while (WasmInstructions.Read(ref section) != WasmInstructions.End)
            {
            }

            if (!isMutable)
            {
                continue;
            }

            if (type is < TypeV128 or > TypeI32)
            {
                return new(CaptureCodes.ReferenceGlobal, $"Global {index} is mutable and holds a reference.");
            }

            _globals.Add(new MutableGlobal(index, type));
        }

        return _globals.Count > MostGlobals ? new(CaptureCodes.TooManyGlobals, $"The module has {_globals.Count} mutable globals; {MostGlobals} are kept.") : null;
    }

    private static CaptureRefusal? ReadCode(ref WasmCursor section, uint imported)
    {
        var count = section.U32();
        for (var index = 0u; index < count; index++)
        {
            var body = new WasmCursor(section.Take(section.U32()));
            for (var locals = body.U32(); locals > 0; locals--)
            {
                body.SkipLeb();
                body.Byte();
            }

            while (!body.AtEnd)
            {
                if (Obstacle(WasmInstructions.Read(ref body)) is var (code, name))
                {
                    return new(code, $"Function {imported + index} holds {name}: what it changes cannot be captured.");
                }
            }
        }

        return null;
    }

    private static (string Code, string Name)? Obstacle(uint opcode) => opcode switch
    {
        WasmInstructions.TableSet => (CaptureCodes.TableChanges, "table.set"),
        WasmInstructions.TableInit => (CaptureCodes.TableChanges, "table.init"),
        WasmInstructions.TableCopy => (CaptureCodes.TableChanges, "table.copy"),
        WasmInstructions.TableGrow => (CaptureCodes.TableChanges, "table.grow"),
        WasmInstructions.TableFill => (CaptureCodes.TableChanges, "table.fill"),
        WasmInstructions.DataDrop => (CaptureCodes.SegmentDrops, "data.drop"),
        WasmInstructions.ElementDrop => (CaptureCodes.SegmentDrops, "elem.drop"),
        _ => null,
    };
}
