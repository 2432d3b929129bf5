using System.Security.Cryptography;
using Voxeltron.Cells;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>What version 1 of the ABI says of programs stays what it was: tests/Golden/README.md.</summary>
public sealed class ProgramGoldenTests(CellFixture cells) : IClassFixture<CellFixture>
{
    private static readonly string s_golden = Path.Combine(RepositoryRoot, "tests", "Golden", "programs-v1");

    [Fact]
    public void The_surface_is_the_frozen_one()
    {
        var frozen = File.ReadAllLines(Path.Combine(s_golden, "surface.txt"));
        var now = Surface().ToList();
        Assert.True(frozen.Except(now).FirstOrDefault() is null, $"Changed or gone, though programs rely on it:\n{string.Join('\n', frozen.Except(now))}");
        Assert.True(now.Except(frozen).FirstOrDefault() is null, $"New: add these lines to surface.txt, and to docs/abi.md:\n{string.Join('\n', now.Except(frozen))}");
    }

    [Fact]
    public void The_golden_files_are_the_bytes_they_were()
    {
        var sums = File.ReadAllLines(Path.Combine(s_golden, "SHA256SUMS"));
        Assert.Equal(["count.wasm", "total.wasm"], sums.Select(static line => line[66..]));
        Assert.All(sums, static line => Assert.Equal(line[..64], Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(s_golden, line[66..]))))));
    }

    [Theory]
    [InlineData("count", "b a b", "2 b\n1 a\n", null)]
    [InlineData("count", "-", "", "exit_1")]
    [InlineData("total", "a,0.10\na,0.20\n", "a,0.30\n", null)]
    [InlineData("total", "a\n", "", "exit_2")]
    public void A_program_compiled_for_version_1_comes_to_what_it_came_to(string name, string input, string result, string? code)
    {
        using var module = Compile(cells.Engine, File.ReadAllBytes(Path.Combine(s_golden, name + ".wasm")));
        using var cell = cells.Boot(module);

        var outcome = Deliver(cell, NewStore(), TaskEvent(input));

        Assert.Equal((code is null ? ActionStatus.Completed : ActionStatus.Refused, code, result), (outcome.Status, outcome.Code, ResultText(outcome)));
    }

    private static IEnumerable<string> Surface()
    {
        yield return $"program {AbiExports.Program} {AbiExports.ProgramSignature}";
        foreach (var import in WasiImports.All)
        {
            yield return $"import {WasiImports.Module}.{import.Name} {import.Signature}";
        }

        foreach (var errno in Enum.GetValues<WasiErrno>().Where(static errno => errno >= 0))
        {
            yield return $"errno {errno} {(int)errno}";
        }
    }
}
