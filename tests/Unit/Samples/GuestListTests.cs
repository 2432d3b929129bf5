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
        var listed = lines.Skip(1).Select(l => l.Split("  ", 2)).ToDictionary(l => l[1], l => l[0]);

        Assert.StartsWith("# built with ", lines[0]);
        Assert.Contains("clang version 14.", lines[0]);
        var built = Sources().ToDictionary(f => f, f => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, f)))));
        Assert.Equal(built.OrderBy(f => f.Key, StringComparer.Ordinal), listed.OrderBy(f => f.Key, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_is_admitted_and_imports_nothing_but_vx(string file)
    {
        var admission = engine.Engine.Admit(File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, file)), AdmissionLimits.Default);

        Assert.True(admission.Admitted, $"{admission.Code}: {admission.Reason}");
        Assert.NotEmpty(admission.Imports);
        Assert.All(admission.Imports, import => Assert.StartsWith("vx", import));
        Assert.Contains("on_task", string.Join(' ', admission.Exports));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_holds_no_path_of_the_machine_that_built_it(string file)
    {
        var text = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, file)));

        Assert.DoesNotContain("/src/", text);
        Assert.DoesNotContain(".c\0", text);
        Assert.DoesNotContain("producers", text);
    }

    private static IEnumerable<string> Modules(string folder) => Directory
        .EnumerateFiles(Path.Combine(RepositoryRoot.Path, folder), "*.wasm", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(RepositoryRoot.Path, f)).Order(StringComparer.Ordinal);

    // Modules built from C; a test guest kept in another form has its own keeper.
    private static IEnumerable<string> Sources()
    {
        var guests = Path.Combine(RepositoryRoot.Path, "tests", "Guests");
        var tests = Directory.Exists(guests) ? Directory.EnumerateFiles(guests, "*.c").Select(f => $"tests/Guests/bin/{Path.GetFileNameWithoutExtension(f)}.wasm") : [];
        return Modules("samples").Concat(tests);
    }
}
