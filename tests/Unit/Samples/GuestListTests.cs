using System.Security.Cryptography;
using Voxeltron.Cells;
using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Samples;

/// <summary>
/// Goal: what is committed as a module is what the list says, and a sample touches nothing outside the ABI. Method: read
/// GUESTS.sha256 and the files; ask the engine's own admission for the imports.
/// </summary>
[Collection(SampleTests.Name)]
public sealed class GuestListTests(SampleEngine engine)
{
    private static readonly string ListFile = Path.Combine(RepositoryRoot.Path, "GUESTS.sha256");

    public static TheoryData<string> Samples => [.. Modules("samples")];

    [Fact]
    public void The_digest_list_names_its_compiler_and_every_committed_module_with_its_digest()
    {
        var lines = File.ReadAllLines(ListFile);
        var listed = lines.Where(static line => !line.StartsWith('#')).Select(l => l.Split("  ", 2)).ToDictionary(l => l[1], l => l[0]);

        Assert.StartsWith("# built with ", lines[0]);
        Assert.Contains("clang version 14.", lines[0]);
        Assert.Equal(["c-program", "rust", "rust-program", "assemblyscript"], lines.Where(static line => line.StartsWith('#')).Skip(1).Select(static line => line.Split(' ')[1]));
        var built = Sources().ToDictionary(f => f, f => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, f)))));
        Assert.Equal(built.OrderBy(f => f.Key, StringComparer.Ordinal), listed.OrderBy(f => f.Key, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_is_admitted_and_imports_nothing_but_vx_or_is_a_program(string file)
    {
        var admission = engine.Engine.Admit(File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, file)), AdmissionLimits.Default);

        Assert.True(admission.Admitted, $"{admission.Code}: {admission.Reason}");
        Assert.NotEmpty(admission.Imports);
        var isProgram = admission.Exports.Contains("_start");
        Assert.All(admission.Imports, import => Assert.StartsWith(isProgram ? "wasi_snapshot_preview1." : "vx.", import));
        Assert.Equal(!isProgram, admission.Exports.Contains("on_task"));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_holds_no_path_of_the_machine_that_built_it(string file)
    {
        var text = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, file)));

        // The standard library of Rust names files of its own in the words of its panics, library/core/src/… and /usr/src/rustc-…: the same on every machine.
        Assert.DoesNotContain("/src/", System.Text.RegularExpressions.Regex.Replace(text, "library/(alloc|core|std)/src/|/usr/src/rustc-[0-9.]+/", ""));
        Assert.DoesNotContain(RepositoryRoot.Path, text);
        Assert.DoesNotContain(".c\0", text);
        Assert.DoesNotContain("producers", text);
    }

    private static IEnumerable<string> Modules(string folder) => Directory
        .EnumerateFiles(Path.Combine(RepositoryRoot.Path, folder), "*.wasm", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(RepositoryRoot.Path, f)).Order(StringComparer.Ordinal);

    // Modules built from sources; a test guest kept in another form has its own keeper.
    private static IEnumerable<string> Sources()
    {
        var guests = Path.Combine(RepositoryRoot.Path, "tests", "Guests");
        IEnumerable<string> Built(string folder, string pattern, string suffix) => Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, pattern).Select(f => $"tests/Guests/bin/{Path.GetFileNameWithoutExtension(f)}{suffix}.wasm")
            : [];
        return Modules("samples").Concat(Built(guests, "*.c", "")).Concat(Built(Path.Combine(guests, "rust"), "*.rs", "-rust")).Concat(Built(Path.Combine(guests, "assemblyscript"), "*.ts", "-as"));
    }
}
