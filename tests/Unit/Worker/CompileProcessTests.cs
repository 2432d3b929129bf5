using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Tests.Unit.Cells;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Worker;

/// <summary>
/// Goal: whatever a module does to the compiler, the worker gets an artifact or a refusal by name, in bounded time. Method: the real child
/// with modules that explode it, and children that misbehave in ways a compiler has not been seen to.
/// </summary>
public sealed class CompileProcessTests(CellFixture cells, ITestOutputHelper output) : IClassFixture<CellFixture>
{
    private const string Vectors = "wasm-malformed/malformed-binaries.jsonl";

    /// <summary>A tenth of a worker's, so that a test need not wait.</summary>
    private static readonly CompileOptions s_tight = new(CpuSeconds: 2, MemoryMib: 512);

    public static TheoryData<string> Explosive => new("loops", "body", "nest", "functions");

    [Fact]
    public async Task A_module_compiled_by_the_child_runs_here()
    {
        var wasm = CellFixture.Guest("agent");
        var outcome = await CompileAsync(wasm);
        using var module = cells.Engine.Load(Inspect(wasm), outcome.Artifact!);
        using var cell = cells.Boot(module);
        var here = CellFixture.Deliver(cell, CellFixture.NewStore(), CellFixture.StartEvent());
        using var compiledHere = cells.Boot("agent");
        var there = CellFixture.Deliver(compiledHere, CellFixture.NewStore(), CellFixture.StartEvent());
        Assert.Equal((there.Status, there.FuelUsed), (here.Status, here.FuelUsed));
    }

    [Theory]
    [MemberData(nameof(Explosive))]
    public async Task A_module_that_explodes_the_compiler_is_cut_off_by_name_and_a_good_one_compiles_afterwards(string which)
    {
        var wasm = which switch
        {
            "loops" => ExplodingModules.LoopsTimesLocals(800, 1_000),
            "body" => ExplodingModules.HugeBody(7_000_000),
            "nest" => ExplodingModules.DeepNest(2_000, 1_500),
            _ => ExplodingModules.ManyFunctions(19_000, 35),
        };
        // Nothing that needs no compiler finds fault with it.
        Assert.Null(Inspect(wasm).Refusal);

        var began = Stopwatch.GetTimestamp();
        var outcome = await CompileAsync(wasm, s_tight);
        output.WriteLine($"{which}: {wasm.Length} bytes, {outcome.Code} after {Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms: {outcome.Reason}");

        Assert.Equal((AdmissionCodes.CompileLimit, false), (outcome.Code, outcome.Died));
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, s_tight.WallLimit + TimeSpan.FromSeconds(2));
        Assert.NotNull((await CompileAsync(CellFixture.Guest("caller"))).Artifact);
    }

    [VectorFact(Vectors)]
    public async Task What_admission_refuses_the_child_refuses_too_within_a_second()
    {
        // The child is one process a module, so a part; that admission refuses every one is HostileModuleTests' to say.
        var lines = File.ReadLines(VectorFactAttribute.Find(Vectors)!).Where(static (_, i) => i % 16 == 0).ToList();
        foreach (var line in lines)
        {
            using var vector = JsonDocument.Parse(line);
            var wasm = Convert.FromHexString(vector.RootElement.GetProperty("hex").GetString()!);
            // The best of a few: what else this machine does meanwhile is not the child's.
            var (outcome, took) = (default(CompileOutcome), TimeSpan.MaxValue);
            for (var tries = 0; tries < 5 && took >= TimeSpan.FromSeconds(1); tries++)
            {
                var began = Stopwatch.GetTimestamp();
                outcome = await CompileAsync(wasm);
                took = Stopwatch.GetElapsedTime(began);
            }

            Assert.True(outcome is { Code: AdmissionCodes.CompileFailed, Died: false } && took < TimeSpan.FromSeconds(1), $"{took.TotalMilliseconds:F0} ms, {outcome} {line}");
        }

        Assert.True(lines.Count > 20, $"{lines.Count} vectors");
    }

    [Theory]
    [InlineData("exit 1", "exit code 1")]
    [InlineData("exit 0", "exit code 0")]
    [InlineData("kill -SEGV $$", "signal 11")]
    [InlineData("kill -KILL $$", "signal 9")]
    [InlineData("echo That is no answer at all.", "")]
    [InlineData("echo Words nobody asked for. >&2; exit 7", "Words nobody asked for.")]
    // Status 1, four bytes, no code.
    [InlineData("printf 'vxa1\\001\\004\\000\\000\\000oops'", "")]
    // Status 0, four bytes, and only two of them.
    [InlineData("printf 'vxa1\\000\\004\\000\\000\\000ab'", "")]
    // An artifact of no bytes.
    [InlineData("printf 'vxa1\\000\\000\\000\\000\\000'", "")]
    // Something after the answer.
    [InlineData("printf 'vxa1\\000\\002\\000\\000\\000abc'", "")]
    // A good answer, and then a death: it may have been cut.
    [InlineData("printf 'vxa1\\000\\002\\000\\000\\000ab'; kill -ABRT $$", "signal 6")]
    // More on standard error than a pipe holds.
    [InlineData("i=0; while [ $i -lt 5000 ]; do echo A line of forty characters and no more.; i=$((i+1)); done >&2; exit 9", "")]
    public async Task A_child_that_answers_nothing_sensible_is_a_failure_that_says_how_it_ended(string script, string reason)
    {
        var outcome = await new CompileProcess(s_tight, _ => Shell("cat >&-; " + script)).RunAsync(CellFixture.Guest("caller"), cells.Engine.Fingerprint, CancellationToken.None);
        Assert.Equal((AdmissionCodes.CompileFailed, true), (outcome.Code, outcome.Died));
        Assert.Contains(reason, outcome.Reason, StringComparison.Ordinal);
        Assert.InRange(outcome.Reason!.Length, 1, 500);
    }

    [Theory]
    [InlineData("kill -XCPU $$", "CPU time")]
    [InlineData("echo 'memory allocation of 8388608 bytes failed' >&2; kill -ABRT $$", "memory")]
    [InlineData("printf 'vxa1\\000\\377\\377\\377\\177'; cat", "machine code")]
    public async Task A_child_that_met_its_limits_is_a_refusal_by_name(string script, string reason)
    {
        var outcome = await new CompileProcess(s_tight, _ => Shell("cat >&-; " + script)).RunAsync(CellFixture.Guest("caller"), cells.Engine.Fingerprint, CancellationToken.None);
        Assert.Equal((AdmissionCodes.CompileLimit, false), (outcome.Code, outcome.Died));
        Assert.Contains(reason, outcome.Reason, StringComparison.Ordinal);
    }

    [Theory]
    // It reads nothing, reads and says nothing, or stops in the middle of its answer; each for ever.
    [InlineData("exec sleep 600")]
    [InlineData("cat >&-; exec sleep 600")]
    [InlineData("printf 'vxa1'; exec sleep 600")]
    public async Task A_child_that_hangs_is_killed_when_its_time_is_over_and_says_nothing_of_the_module(string script)
    {
        var began = Stopwatch.GetTimestamp();
        var starved = await Assert.ThrowsAsync<VoxeltronException>(() => new CompileProcess(s_tight with { WallLimit = TimeSpan.FromMilliseconds(300) }, _ => Shell($"exec 2>&-; {script}"))
            .RunAsync(new byte[1_000_000], cells.Engine.Fingerprint, CancellationToken.None));
        // It took no processor time to speak of, so it is the machine's doing, and no refusal is recorded.
        Assert.Equal("compile_starved", starved.FaultCode);
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_child_killed_in_the_midst_is_started_once_more()
    {
        var starts = 0;
        using var queue = Queue(options =>
        {
            // The first is killed while it compiles what takes seconds.
            var real = CompileProcess.Program(options);
            return Interlocked.Increment(ref starts) == 1 ? KilledIn("0.3", real) : real;
        });
        var wasm = ExplodingModules.ManyFunctions(4_000, 35);
        var outcome = await queue.CompileAsync(Inspect(wasm), cells.Engine.Fingerprint, CancellationToken.None);
        Assert.Equal(2, starts);
        Assert.True(outcome.Artifact is not null, outcome.Reason);
    }

    [Fact]
    public async Task A_child_killed_twice_is_a_refusal_that_names_the_signal()
    {
        var starts = 0;
        using var queue = Queue(_ =>
        {
            starts++;
            return Shell("kill -KILL $$");
        });
        var outcome = await queue.CompileAsync(Inspect(CellFixture.Guest("caller")), cells.Engine.Fingerprint, CancellationToken.None);
        Assert.Equal((2, AdmissionCodes.CompileFailed), (starts, outcome.Code));
        Assert.Contains("signal 9", outcome.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_of_another_engine_says_nothing_of_the_module()
    {
        var differs = await Assert.ThrowsAsync<VoxeltronException>(
            () => new CompileProcess(s_tight).RunAsync(CellFixture.Guest("caller"), new string('0', 64), CancellationToken.None));
        Assert.Equal(CompileCodes.EngineDiffers, differs.FaultCode);
    }

    [Fact]
    public async Task A_child_that_cannot_be_started_says_nothing_of_the_module()
    {
        var missing = await Assert.ThrowsAsync<VoxeltronException>(
            () => new CompileProcess(s_tight, static _ => new ProcessStartInfo("/no/such/program") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })
                .RunAsync(CellFixture.Guest("caller"), cells.Engine.Fingerprint, CancellationToken.None));
        Assert.Equal("child_not_started", missing.FaultCode);
    }

    [Fact]
    public async Task The_child_has_limited_itself_before_it_reads_and_knows_nothing_of_the_worker_s_environment()
    {
        Environment.SetEnvironmentVariable("VOXELTRON_TEST_SECRET", "1");
        var start = CompileProcess.Program(s_tight);
        Assert.DoesNotContain(start.Environment.Keys, static name => name.StartsWith("VOXELTRON", StringComparison.Ordinal) || name.StartsWith("PG", StringComparison.Ordinal));
        using var child = Process.Start(start)!;
        try
        {
            // It waits for its question, which never comes; the last limit it sets is the CPU's.
            string[] limits = [];
            for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(20) && Soft("Max cpu time") != "2"; await Task.Delay(10))
            {
                limits = await File.ReadAllLinesAsync($"/proc/{child.Id}/limits");
            }

            Assert.Equal(
                ["2", $"{512 * 1024 * 1024}", "0", "0", "96"],
                new[] { "Max cpu time", "Max data size", "Max core file size", "Max file size", "Max open files" }.Select(Soft));

            string? Soft(string name) => Array.Find(limits, line => line.StartsWith(name, StringComparison.Ordinal))?[26..].Split(' ')[0];
        }
        finally
        {
            child.Kill();
        }
    }

    private Task<CompileOutcome> CompileAsync(byte[] wasm, CompileOptions? options = null) =>
        new CompileProcess(options ?? CompileOptions.Default).RunAsync(wasm, cells.Engine.Fingerprint, CancellationToken.None);

    private InspectedModule Inspect(byte[] wasm) => cells.Engine.Inspect(wasm, ModuleDigest.Of(wasm));

    private static CompileQueue Queue(Func<CompileOptions, ProcessStartInfo> program) =>
        new(new CompileProcess(CompileOptions.Default, program), TimeProvider.System, NullLogger<CompileQueue>.Instance);

    /// <summary>The program, and beside it one that kills it after so many seconds.</summary>
    private static ProcessStartInfo KilledIn(string seconds, ProcessStartInfo program)
    {
        var start = Shell("(exec 0<&- 1>&- 2>&-; sleep " + seconds + "; kill -KILL $$) & exec \"$@\"", ["sh", program.FileName, .. program.ArgumentList]);
        start.Environment.Clear();
        foreach (var (name, value) in program.Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static ProcessStartInfo Shell(string script, params string[] arguments) => new("/bin/sh", ["-c", script, .. arguments])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };
}
