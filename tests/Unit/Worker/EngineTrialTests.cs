using System.Diagnostics;
using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Worker;

/// <summary>Goal: options that would abort a worker end a child instead, and the operator reads which setting it was. Method: the real child, once with an address space in which Wasmtime really aborts.</summary>
public sealed class EngineTrialTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Options_that_fit_pass() => await EngineTrial.RequireAsync(new CellEngineOptions { MaxCells = 100 }, CancellationToken.None);

    [Fact]
    public async Task Options_the_first_check_refuses_are_refused_in_its_words()
    {
        var refused = await Assert.ThrowsAsync<EngineOptionsException>(() => EngineTrial.RequireAsync(new CellEngineOptions { MaxCells = 100_000 }, CancellationToken.None));
        Assert.Contains("worker.cell_capacity is 100000", refused.Message, StringComparison.Ordinal);
        Assert.Contains("vm.max_map_count", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_engine_that_aborts_its_process_is_an_error_that_names_the_setting()
    {
        // Room for the memories of a thousand cells, which is what the first check asks for, and 4 GiB: not for 8 GiB of tables.
        var options = new CellEngineOptions { MaxCells = 1_000, MaxTableElements = 1_000_000 };
        var kib = ((1_002L * (4096 + 32)) + 32 + 4096) * 1024;
        var refused = await Assert.ThrowsAsync<EngineOptionsException>(() => EngineTrial.RequireAsync(options, s_patience, CancellationToken.None, arguments =>
        {
            var real = OwnProgram.Start(arguments);
            var start = Shell($"ulimit -v {kib}; exec \"$@\"", ["sh", real.FileName, .. real.ArgumentList]);
            foreach (var (name, value) in real.Environment)
            {
                start.Environment[name] = value;
            }

            return start;
        }));
        Assert.Contains("worker.cell_capacity is 1000", refused.Message, StringComparison.Ordinal);
        Assert.Contains("signal 6", refused.Message, StringComparison.Ordinal);
        Assert.Contains("ulimit -v", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trial_that_does_not_end_is_an_error_of_its_own()
    {
        var hanging = await Assert.ThrowsAsync<VoxeltronException>(() => EngineTrial.RequireAsync(
            new CellEngineOptions(), TimeSpan.FromMilliseconds(200), CancellationToken.None, static _ => Shell("exec 1>&- 2>&-; exec sleep 600")));
        Assert.Equal("engine_not_tried", hanging.FaultCode);
    }

    private static ProcessStartInfo Shell(string script, params string[] arguments) => new("/bin/sh", ["-c", script, .. arguments])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };
}
