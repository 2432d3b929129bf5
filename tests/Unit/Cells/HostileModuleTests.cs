using System.Diagnostics;
using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Xunit;
using Xunit.Abstractions;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Bytes nobody meant well with: an upload gets an answer by name, soon, and the process stays up.</summary>
public sealed class HostileModuleTests(CellFixture cells, ITestOutputHelper output) : IClassFixture<CellFixture>
{
    private const string Vectors = "wasm-malformed/malformed-binaries.jsonl";

    [VectorFact(Vectors)]
    public void Every_malformed_or_invalid_binary_of_the_public_suite_is_refused()
    {
        var count = 0;
        var slowest = TimeSpan.Zero;
        var wrong = new List<string>();
        foreach (var line in File.ReadLines(VectorFactAttribute.Find(Vectors)!))
        {
            using var vector = JsonDocument.Parse(line);
            var wasm = Convert.FromHexString(vector.RootElement.GetProperty("hex").GetString()!);
            var began = Stopwatch.GetTimestamp();
            var result = cells.Engine.Admit(wasm, AdmissionLimits.Default);
            var took = Stopwatch.GetElapsedTime(began);
            slowest = took > slowest ? took : slowest;
            count++;
            if (result.Code != AdmissionCodes.MalformedModule)
            {
                wrong.Add($"{result.Code}: {result.Reason} {line}");
            }
        }

        output.WriteLine($"{count} binaries, slowest {slowest.TotalMilliseconds:F1} ms");
        Assert.Empty(wrong);
        Assert.True(count > 300 && slowest < TimeSpan.FromSeconds(1), $"{count} binaries, slowest {slowest}");
    }

    [Fact]
    public void Every_truncation_of_a_good_module_is_refused()
    {
        var wasm = Guest("caller");
        for (var length = 0; length < wasm.Length; length++)
        {
            var result = cells.Engine.Admit(wasm.AsSpan(0, length), AdmissionLimits.Default);
            Assert.False(result.Admitted, $"The first {length} of {wasm.Length} bytes were admitted.");
            Assert.NotNull(result.Code);
        }
    }

    [Fact]
    public void Any_few_flipped_bits_give_an_answer_and_what_is_admitted_runs_or_aborts()
    {
        const int rounds = 3000;
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var good = Guest("caller");
        var admitted = 0;
        for (var round = 0; round < rounds; round++)
        {
            var wasm = good.ToArray();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                wasm[random.Next(wasm.Length)] ^= (byte)(1 << random.Next(8));
            }

            var result = cells.Engine.Admit(wasm, AdmissionLimits.Default);
            Assert.Equal(result.Admitted, result.Code is null);
            if (result.Admitted)
            {
                admitted++;
                Run(wasm, random);
            }
        }

        output.WriteLine($"{admitted} of {rounds} mutants admitted");
        Assert.InRange(admitted, 1, rounds - 1);
    }

    private void Run(byte[] wasm, Random random)
    {
        using var module = cells.Engine.Compile(wasm, ModuleDigest.Of(wasm));
        if (module.InitialMemoryBytes > Profile.MemoryLimitBytes || module.InitialTableElements > Profile.TableElements)
        {
            return;
        }

        using var cell = cells.Boot(module, Profile with { FuelPerAction = 100_000 });
        var input = new byte[250];
        random.NextBytes(input);
        var outcome = Deliver(cell, NewStore(), TaskEvent(input));
        Assert.Equal(outcome.Status == ActionStatus.Aborted, cell.IsDead);
    }
}
