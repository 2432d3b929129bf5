using System.Text;
using Voxeltron.Cells;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Programs in WebAssembly text: every function of the preview imported under its own name, and a few lines of their own.</summary>
internal static class ProgramGuests
{
    /// <summary>Where <see cref="Asking"/> leaves its answers.</summary>
    private const int Answers = 1024;

    private static string Imports => string.Join('\n', WasiImports.All.Select(static import =>
        $"(import \"{WasiImports.Module}\" \"{import.Name}\" (func ${import.Name}{Types("param", import.Signature.Parameters)}{Types("result", import.Signature.Result)}))"));

    /// <param name="start">The body of <c>_start</c>.</param>
    /// <param name="more">Functions and data beside it.</param>
    /// <param name="imports">Of module vx.</param>
    public static byte[] Program(string start, string more = "", string imports = "") => CellFixture.Text($"""
        (module
          {Imports}
          {imports}
          (memory (export "memory") 16)
          {more}
          (func (export "_start") {start}))
        """);

    /// <summary>A program that makes calls and writes their answers to standard output, four bytes each.</summary>
    public static byte[] Asking(IEnumerable<string> calls, string more = "", string imports = "")
    {
        var body = new StringBuilder();
        var count = 0;
        foreach (var call in calls)
        {
            body.Append(System.Globalization.CultureInfo.InvariantCulture, $"(i32.store (i32.const {Answers + (4 * count++)}) {call})\n");
        }

        return Program(body + Write(1, Answers, 4 * count), more, imports);
    }

    /// <summary>Writes bytes of memory; its list of one buffer and its count are at 960.</summary>
    public static string Write(int descriptor, int pointer, int length) => $"""
        (i32.store (i32.const 960) (i32.const {pointer})) (i32.store (i32.const 964) (i32.const {length}))
        (drop (call $fd_write (i32.const {descriptor}) (i32.const 960) (i32.const 1) (i32.const 968)))
        """;

    /// <summary>A call with numbers for all arguments.</summary>
    public static string Call(string name, params long[] arguments)
    {
        var types = WasiImports.Find(name)!.Signature.Parameters.Split(',', StringSplitOptions.RemoveEmptyEntries);
        return $"(call ${name} {string.Join(' ', types.Zip(arguments, static (type, number) => $"({type}.const {(type == "i32" ? (int)number : number)})"))})";
    }

    private static string Types(string what, string types) => types.Length == 0 ? "" : $" ({what} {types.Replace(',', ' ')})";
}
