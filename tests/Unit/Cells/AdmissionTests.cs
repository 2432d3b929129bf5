using System.Text;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Every reason for which an upload is refused, by name, with the culprit in the reason.</summary>
public sealed class AdmissionTests(CellFixture cells) : IClassFixture<CellFixture>
{
    private const string Version = """(func (export "vx_abi_version") (result i32) i32.const 1)""";
    private const string Alloc = """(func (export "vx_alloc") (param i32) (result i32) i32.const 0)""";
    private const string Start = """(func (export "_start"))""";
    private const string Memory = """(memory (export "memory") 1)""";

    public static TheoryData<string, string, string> Refusals => new()
    {
        { AdmissionCodes.UnknownImport, "wasi_snapshot_preview1.fd_write", $$"""(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32))) {{Guests.Base}}""" },
        { AdmissionCodes.UnknownImport, "wasi_snapshot_preview1.fd_open", $$"""(import "wasi_snapshot_preview1" "fd_open" (func)) {{Memory}} {{Start}}""" },
        { AdmissionCodes.UnknownImport, "wasi_unstable.fd_write", $$"""(import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32))) {{Memory}} {{Start}}""" },
        { AdmissionCodes.UnknownImport, "wasi_snapshot_preview1.proc_exit is for programs", $$"""(import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) {{Start}} {{Guests.Base}}""" },
        { AdmissionCodes.WrongSignature, "wasi_snapshot_preview1.proc_exit", $$"""(import "wasi_snapshot_preview1" "proc_exit" (func (param i64))) {{Memory}} {{Start}}""" },
        { AdmissionCodes.WrongSignature, "_start", $$"""{{Memory}} (func (export "_start") (result i32) i32.const 0)""" },
        { AdmissionCodes.WrongSignature, "_start", $$"""{{Memory}} (global (export "_start") i32 (i32.const 0))""" },
        { AdmissionCodes.MissingExport, "memory", $"(memory 1) {Start}" },
        { AdmissionCodes.MissingExport, "vx_abi_version", $$"""{{Memory}} {{Start}} (func (export "on_task") (param i32 i32 i32 i32) (result i32) i32.const 0)""" },
        { AdmissionCodes.StartFunction, "start", $"(func $s) (start $s) {Memory} {Start}" },
        { AdmissionCodes.UnknownImport, "vx.open_door", $$"""(import "vx" "open_door" (func)) {{Guests.Base}}""" },
        { AdmissionCodes.UnknownImport, "env.memory", $$"""(import "env" "memory" (memory 1)) (export "memory" (memory 0)) {{Version}} {{Alloc}}""" },
        { AdmissionCodes.WrongSignature, "vx.now", $$"""(import "vx" "now" (func (result i32))) {{Guests.Base}}""" },
        { AdmissionCodes.WrongSignature, "vx.log", $$"""(import "vx" "log" (global i32)) {{Guests.Base}}""" },
        { AdmissionCodes.WrongSignature, "on_task", $$"""{{Guests.Base}} (func (export "on_task") (param i32 i32) (result i32) i32.const 0)""" },
        { AdmissionCodes.WrongSignature, "on_start", $$"""{{Guests.Base}} (global (export "on_start") i32 (i32.const 0))""" },
        { AdmissionCodes.WrongSignature, "health", $$"""{{Guests.Base}} (func (export "health") (result i64) i64.const 0)""" },
        { AdmissionCodes.WrongSignature, "vx_alloc", $$"""{{Memory}} {{Version}} (func (export "vx_alloc") (param i64) (result i32) i32.const 0)""" },
        { AdmissionCodes.MissingExport, "memory", $"(memory 1) {Version} {Alloc}" },
        { AdmissionCodes.MissingExport, "memory", $$"""(memory 1) (global (export "memory") i32 (i32.const 0)) {{Version}} {{Alloc}}""" },
        { AdmissionCodes.MissingExport, "vx_alloc", $"{Memory} {Version}" },
        { AdmissionCodes.MissingExport, "vx_abi_version", $"{Memory} {Alloc}" },
        { AdmissionCodes.StartFunction, "start", $"(func $s) (start $s) {Guests.Base}" },
        { AdmissionCodes.MemoryLimit, "67108864", $$"""(memory (export "memory") 1024) {{Version}} {{Alloc}}""" },
        { AdmissionCodes.MemoryLimit, "4294967296", $$"""(memory (export "memory") 65536) {{Version}} {{Alloc}}""" },
        { AdmissionCodes.UnsupportedMemory, "shared", $$"""(memory (export "memory") 1 2 shared) {{Version}} {{Alloc}}""" },
        { AdmissionCodes.UnsupportedMemory, "64-bit", $$"""(memory (export "memory") i64 1) {{Version}} {{Alloc}}""" },
        { AdmissionCodes.TooManyTables, "2 tables", $"(table 1 funcref) (table 1 funcref) {Guests.Base}" },
        { AdmissionCodes.TooManyTableElements, "5000 table elements", $"(table 5000 funcref) {Guests.Base}" },
        { AdmissionCodes.TooManyGlobals, "1001 globals", $"{string.Concat(Enumerable.Repeat("(global i32 (i32.const 0)) ", 1001))} {Guests.Base}" },
        { AdmissionCodes.TooManySegments, "10001 segments", $"{Guests.Base} {string.Concat(Enumerable.Repeat("(data \"x\") ", 10_001))}" },
        { AdmissionCodes.TooManyFunctions, "20002 functions", $"{Guests.Base} {string.Concat(Enumerable.Repeat("(func) ", 20_000))}" },
        { AdmissionCodes.TooManyExports, "1004 exports", $"{Guests.Base} {string.Concat(Enumerable.Range(0, 1001).Select(i => $"(func (export \"f{i}\")) "))}" },
        { AdmissionCodes.TooManyImports, "201 imports", $"{string.Concat(Enumerable.Repeat("(import \"vx\" \"now\" (func (result i64))) ", 201))} {Guests.Base}" },
        { AdmissionCodes.BadName, "\\u0000", $$"""(import "env" "a\00" (func)) {{Guests.Base}}""" },
        { AdmissionCodes.BadName, "\\u001B[2J", $$"""(import "e\1b[2J" "a" (func)) {{Guests.Base}}""" },
        { AdmissionCodes.BadName, "\\u0085", $$"""{{Guests.Base}} (func (export "next\c2\85line"))""" },
        { AdmissionCodes.BadName, "257 bytes", $$"""{{Guests.Base}} (func (export "{{new string('x', 257)}}"))""" },
        { AdmissionCodes.BadName, "258 bytes", $$"""{{Guests.Base}} (func (export "{{new string('é', 129)}}"))""" },
        { AdmissionCodes.InstantiationFailed, "out of bounds", $"{Guests.Base} (data (i32.const 65535) \"xx\")" },
        { AdmissionCodes.WrongAbi, "ABI 2", $$"""{{Memory}} {{Alloc}} (func (export "vx_abi_version") (result i32) i32.const 2)""" },
        { AdmissionCodes.WrongAbi, AbortCodes.Unreachable, $$"""{{Memory}} {{Alloc}} (func (export "vx_abi_version") (result i32) unreachable)""" },
        { AdmissionCodes.WrongAbi, AbortCodes.OutOfFuel, $$"""{{Memory}} {{Alloc}} (func (export "vx_abi_version") (result i32) (loop br 0) i32.const 1)""" },
        { AdmissionCodes.WrongAbi, AbortCodes.OutOfFuel, $$"""{{Memory}} {{Alloc}} (func $r (export "vx_abi_version") (result i32) (i32.add (i32.const 1) (call $r)))""" },
        // Proposals that are off: valid elsewhere, no module here.
        { AdmissionCodes.MalformedModule, "", $"(memory 1) {Guests.Base}" },
        { AdmissionCodes.MalformedModule, "", $"{Guests.Base} (func (return_call 0))" },
        { AdmissionCodes.MalformedModule, "", $"{Guests.Base} (tag)" },
        { AdmissionCodes.MalformedModule, "", $"{Guests.Base} (type (struct))" },
        { AdmissionCodes.MalformedModule, "", $"{Guests.Base} (func (param externref))" },
        { AdmissionCodes.MalformedModule, "", $"{Guests.Base} (func (param v128) (drop (i32x4.relaxed_trunc_f32x4_s (local.get 0))))" },
        { AdmissionCodes.MalformedModule, "", $"{Guests.Base} (func (result i32) (i32.atomic.load (i32.const 0)))" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_module_is_refused_by_name_with_the_culprit_in_the_reason(string code, string culprit, string body)
    {
        var result = cells.Engine.Admit(Text(Guests.Module(body)), AdmissionLimits.Default);

        Assert.Equal((false, code), (result.Admitted, result.Code));
        Assert.Contains(culprit, result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_a_refusal_says_can_be_stored_and_shown(string code, string culprit, string body)
    {
        var result = cells.Engine.Admit(Text(Guests.Module(body)), AdmissionLimits.Default);

        string[] said = [result.Reason!, .. result.Imports, .. result.Exports];
        Assert.All(said, text => Assert.True(text.Length <= 513 && !text.Any(char.IsControl), $"{code} {culprit}: {text}"));
        Assert.InRange(result.Reason!.Length, 1, 512);
    }

    [Theory]
    [InlineData(90_000, AdmissionCodes.BadName)]
    [InlineData(2_000_000, AdmissionCodes.MalformedModule)] // the engine takes no name over 100,000 bytes
    public void A_huge_name_is_refused_in_few_words(int bytes, string code)
    {
        var result = cells.Engine.Admit(Text(Guests.Module($$"""{{Guests.Base}} (func (export "{{new string('x', bytes)}}"))""")), AdmissionLimits.Default);

        Assert.Equal(code, result.Code);
        Assert.InRange(result.Reason!.Length + result.Imports.Concat(result.Exports).Sum(name => name.Length), 1, 1024);
    }

    [Fact]
    public void A_name_of_256_bytes_is_taken()
    {
        var longest = new string('x', 256);
        var result = cells.Engine.Admit(Text(Guests.Module($$"""{{Guests.Base}} (func (export "{{longest}}"))""")), AdmissionLimits.Default);

        Assert.True(result.Admitted, result.Reason);
        Assert.Contains(longest, result.Exports);
    }

    [Fact]
    public void A_long_name_of_surrogate_pairs_is_not_cut_within_one()
    {
        var name = "x" + string.Concat(Enumerable.Repeat("\U0001F600", 300));
        var result = cells.Engine.Admit(Text(Guests.Module($$"""(import "env" "{{name}}" (func)) {{Guests.Base}} (func (export "{{name}}"))""")), AdmissionLimits.Default);

        Assert.Equal(AdmissionCodes.BadName, result.Code);
        Assert.All([result.Reason!, .. result.Imports, .. result.Exports], text => Assert.Equal(text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text))));
    }

    [Fact]
    public void Every_code_of_a_declaration_has_a_case_here()
    {
        var covered = Refusals.Select(row => (string)((object[])row)[0]).ToHashSet();
        var all = typeof(AdmissionCodes).GetFields().Select(field => (string)field.GetRawConstantValue()!);

        // too_large has a test of its own; compile_limit comes from the compiler's process (CompileProcessTests), and so does
        // compile_failed, which has no known input: the rules name each cause first.
        Assert.Equal([AdmissionCodes.CompileFailed, AdmissionCodes.CompileLimit, AdmissionCodes.TooLarge], all.Except(covered).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_component_text_empty_and_oversized_bytes_are_refused_by_name()
    {
        Assert.Equal(AdmissionCodes.MalformedModule, Code("\0asm\u000d\0\u0001\0"u8.ToArray()));
        Assert.Equal(AdmissionCodes.MalformedModule, Code("(module)"u8.ToArray()));
        Assert.Equal(AdmissionCodes.MalformedModule, Code([]));
        Assert.Equal(AdmissionCodes.TooLarge, Code(new byte[Limits.ModuleBytes + 1]));
    }

    [Fact]
    public void A_refused_module_cannot_be_compiled_either()
    {
        var wasm = Text(Guests.Module("(memory 1)"));

        Assert.Equal(AdmissionCodes.MissingExport, Assert.Throws<ModuleRefusedException>(() => Compile(cells.Engine, wasm)).FaultCode);
        Assert.Throws<InvariantException>(() => cells.Engine.Compile(wasm, ModuleDigest.Of([1])));
    }

    [Fact]
    public void A_declared_maximum_above_the_limit_is_no_reason_to_refuse()
    {
        var result = cells.Engine.Admit(Text(Guests.Module($$"""(memory (export "memory") 1 65536) {{Version}} {{Alloc}}""")), AdmissionLimits.Default);

        Assert.True(result.Admitted, result.Reason);
        Assert.Equal(1, result.AbiVersion);
        Assert.Equal(["memory", "vx_abi_version", "vx_alloc"], result.Exports);
    }

    [Fact]
    public void Every_committed_guest_is_admitted_and_imports_vx_alone_or_is_a_program()
    {
        var guests = Directory.EnumerateFiles(Path.Combine(RepositoryRoot, "tests", "Guests"), "*.wasm", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(RepositoryRoot, "samples"), "*.wasm", SearchOption.AllDirectories))
            .ToList();
        Assert.True(guests.Count >= 5, "The prebuilt guests are missing.");

        foreach (var guest in guests)
        {
            var result = cells.Engine.Admit(File.ReadAllBytes(guest), AdmissionLimits.Default);
            Assert.True(result.Admitted, $"{guest}: {result.Code} {result.Reason}");
            var module = result.Exports.Contains("_start") ? "wasi_snapshot_preview1." : "vx.";
            Assert.All(result.Imports, import => Assert.StartsWith(module, import, StringComparison.Ordinal));
        }
    }

    private string? Code(byte[] wasm) => cells.Engine.Admit(wasm, AdmissionLimits.Default).Code;
}
