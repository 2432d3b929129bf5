namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Small modules in WebAssembly text, where a compiler would only be in the way.</summary>
internal static class Guests
{
    public const string Base = """
        (memory (export "memory") 1)
        (func (export "vx_abi_version") (result i32) i32.const 1)
        (func (export "vx_alloc") (param i32) (result i32) i32.const 4096)
        """;

    public static string Module(string body) => $"(module {body})";

    public static string Handler(string name, string body) => Module($"{Base} (func (export \"{name}\") (param i32 i32) (result i32) {body})");

    public static string OnTask(string body, string alloc = "i32.const 4096") => Module($"""
        (memory (export "memory") 1)
        (func (export "vx_abi_version") (result i32) i32.const 1)
        (func (export "vx_alloc") (param i32) (result i32) {alloc})
        (func (export "on_task") (param i32 i32 i32 i32) (result i32) {body})
        """);
}
