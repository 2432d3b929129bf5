using System.Diagnostics;
using Voxeltron.Cells;
using Voxeltron.Cli;
using Voxeltron.Cli.Commands;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Tests.Unit.Cells;
using Xunit;

namespace Voxeltron.Tests.Unit.Cli;

/// <summary>
/// Goal: what <c>voxeltron new</c> writes is whole, and where the language's compiler is, it builds a module that is admitted and
/// does a task. Method: projects in a folder of their own, built by their own build.sh.
/// </summary>
public sealed class NewCommandTests(CellFixture cells) : IClassFixture<CellFixture>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vxt-cli-new-").FullName;

    [Theory]
    [InlineData("c", "cell.c vx.h")]
    [InlineData("rust", "Cargo.toml src/lib.rs voxeltron/Cargo.toml voxeltron/src/decimal.rs voxeltron/src/envelope.rs voxeltron/src/export.rs voxeltron/src/gate.rs voxeltron/src/lib.rs voxeltron/src/model.rs voxeltron/src/output.rs voxeltron/src/request.rs voxeltron/src/state.rs voxeltron/src/status.rs voxeltron/src/sys.rs voxeltron/src/tuple.rs voxeltron/src/view.rs")]
    [InlineData("assemblyscript", "cell.ts voxeltron/bytes.ts voxeltron/decimal.ts voxeltron/event.ts voxeltron/gate.ts voxeltron/gc.ts voxeltron/index.ts voxeltron/model.ts voxeltron/output.ts voxeltron/request.ts voxeltron/runtime.ts voxeltron/state.ts voxeltron/status.ts voxeltron/sys.ts voxeltron/tuple.ts")]
    public async Task A_project_has_its_sources_the_SDK_a_mission_and_a_README_of_ten_lines(string language, string files)
    {
        var project = await NewAsync("my-cell", language);

        Assert.Equal(
            files.Split(' ').Concat(["README.md", "build.sh", "mission.json"]).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(project, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(project, file)).Order(StringComparer.Ordinal));
        Assert.All(Directory.EnumerateFiles(project, "*", SearchOption.AllDirectories), static file => Assert.DoesNotMatch(@"\{\{[a-z]+\}\}", File.ReadAllText(file)));
        Assert.Equal(10, File.ReadAllLines(Path.Combine(project, "README.md")).Length);
        Assert.True(File.GetUnixFileMode(Path.Combine(project, "build.sh")).HasFlag(UnixFileMode.UserExecute));
        Assert.Empty(MissionSpec.Parse(File.ReadAllBytes(Path.Combine(project, "mission.json"))).Errors);
    }

    [Fact]
    public async Task What_is_there_is_never_written_over()
    {
        var project = await NewAsync("mine", "c");
        File.WriteAllText(Path.Combine(project, "cell.c"), "precious");

        Assert.Contains("there already", (await Assert.ThrowsAsync<CliException>(() => NewAsync("mine", "rust"))).Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(Path.Combine(project, "cell.c")));
    }

    [Theory]
    [InlineData("cell", "../up", "c", "no name")]
    [InlineData("cell", "Upper", "c", "no name")]
    [InlineData("cell", "a b", "c", "no name")]
    [InlineData("cell", "fine", "cobol", "c, rust, assemblyscript")]
    [InlineData("mission", "fine", "c", "makes a cell")]
    public async Task What_cannot_be_made_is_refused_by_name(string what, string name, string language, string reason)
    {
        var refusal = await Assert.ThrowsAsync<CliException>(() => NewCommand.RunAsync(Arguments.Parse([what, name, "--lang", language], "--lang"), _folder, TextWriter.Null, default));

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [CompilerFact("c")]
    public Task A_project_in_C_builds_a_module_that_is_admitted_and_does_a_task() => BuildsAndRunsAsync("c");

    [CompilerFact("rust")]
    public Task A_project_in_Rust_builds_a_module_that_is_admitted_and_does_a_task() => BuildsAndRunsAsync("rust");

    [CompilerFact("assemblyscript")]
    public Task A_project_in_AssemblyScript_builds_a_module_that_is_admitted_and_does_a_task() => BuildsAndRunsAsync("assemblyscript");

    [CompilerFact("rust-tests")]
    public async Task The_SDK_for_Rust_passes_its_own_tests()
    {
        var project = await NewAsync("tested", "rust");
        var (code, said) = Run(new ProcessStartInfo("bash", ["-c", "/usr/bin/rustc --edition 2021 -D warnings --test voxeltron/src/lib.rs -o tests && ./tests"]) { WorkingDirectory = project });

        Assert.True(code == 0, said);
        Assert.Contains("4 passed", said, StringComparison.Ordinal);
    }

    private async Task BuildsAndRunsAsync(string language)
    {
        var project = await NewAsync("lines", language);
        Build(project);
        var wasm = File.ReadAllBytes(Path.Combine(project, "lines.wasm"));
        var spec = MissionSpec.Parse(File.ReadAllBytes(Path.Combine(project, "mission.json"))).Spec!;
        Assert.Equal(ModuleDigest.Of(wasm), Assert.Single(spec.ModuleDigests));
        var verdict = cells.Engine.Admit(wasm, AdmissionLimits.Default);
        Assert.True(verdict.Admitted, verdict.Reason);

        using var module = CellFixture.Compile(cells.Engine, wasm);
        using var cell = cells.Boot(module);
        var store = new MissionStore(Voxeltron.Execution.SpecTables.Of(spec), StoreLimits.Default);
        var envelope = """{"abi":1,"attempt":1,"cell":"cell_1","event":"task","item":"r-1","mission":"mission_1","now_us":1,"task":"count/r-1"}"""u8.ToArray();
        var counted = CellFixture.Deliver(cell, store, CellFixture.TaskEvent("one\ntwo\n") with { EnvelopeJson = envelope });
        Assert.Equal((ActionStatus.Completed, "2"), (counted.Status, CellFixture.ResultText(counted)));
        Assert.Equal(("r-1", 2L), store.Rows("line_count").Select(static row => ((string)row[0]!, (long)row[1]!)).Single());
        var refused = CellFixture.Deliver(cell, store, CellFixture.TaskEvent("") with { EnvelopeJson = envelope });
        Assert.Equal((ActionStatus.Refused, "empty"), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task Without_its_compiler_a_project_says_what_to_install()
    {
        foreach (var (language, package) in ((string, string)[])[("c", "clang-14"), ("rust", "libstd-rust-dev-wasm32"), ("assemblyscript", "npm install assemblyscript")])
        {
            var (code, said) = RunBuild(await NewAsync($"without-{language}", language), isBare: true);

            Assert.Equal(1, code);
            Assert.Contains(package, said, StringComparison.Ordinal);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> NewAsync(string name, string language)
    {
        await NewCommand.RunAsync(Arguments.Parse(["cell", name, "--lang", language], "--lang"), _folder, TextWriter.Null, default);
        return Path.Combine(_folder, name);
    }

    private static void Build(string project)
    {
        var (code, said) = RunBuild(project, isBare: false);
        Assert.True(code == 0, said);
    }

    private static (int Code, string Said) RunBuild(string project, bool isBare)
    {
        var start = new ProcessStartInfo("bash") { ArgumentList = { Path.Combine(project, "build.sh") } };
        if (isBare)
        {
            // Only what a shell needs, and no compiler.
            var tools = Directory.CreateDirectory(Path.Combine(project, "tools")).FullName;
            foreach (var tool in (string[])["dirname"])
            {
                File.CreateSymbolicLink(Path.Combine(tools, tool), $"/usr/bin/{tool}");
            }

            start.FileName = "/bin/bash";
            start.Environment["PATH"] = tools;
            start.Environment["RUSTC"] = "none";
        }
        else if (File.Exists(CompilerFactAttribute.Asc))
        {
            start.Environment["ASC"] = CompilerFactAttribute.Asc;
        }

        return Run(start);
    }

    private static (int Code, string Said) Run(ProcessStartInfo start)
    {
        start.RedirectStandardError = start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said + errors.Result);
    }
}
