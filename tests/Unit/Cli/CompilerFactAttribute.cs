using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Cli;

/// <summary>A fact that needs a language's compiler for cells; skipped by name where it is not installed (scripts/guests --install).</summary>
public sealed class CompilerFactAttribute : FactAttribute
{
    public CompilerFactAttribute(string language)
    {
        if (!Has(language))
        {
            Skip = $"no compiler for cells in {language} here";
        }
    }

    public static string Asc { get; } = Path.Combine(RepositoryRoot.Path, ".voxeltron-tools", "node_modules", ".bin", "asc");

    private static bool Has(string language) => language switch
    {
        "c" => InPath("clang-14") && InPath("wasm-ld-14"),
        "c-program" => InPath("clang-14") && InPath("wasm-ld-14") && File.Exists("/usr/lib/wasm32-wasi/libc.a") && Directory.Exists("/usr/lib/llvm-14/lib/clang"),
        "rust-tests" => File.Exists("/usr/bin/rustc") && InPath("cc"),
        "rust" => File.Exists("/usr/bin/rustc") && Directory.Exists("/usr/lib/rustlib/wasm32-unknown-unknown") && InPath("wasm-ld-14"),
        _ => File.Exists(Asc) && InPath("node"),
    };

    private static bool InPath(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, tool)));
}
