using System.Globalization;
using Voxeltron.Cells;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>
/// An engine that Wasmtime cannot make ends its process, by abort and without a word for the operator. So a child makes it first, with
/// the worker's options and its pool, and ends: what becomes of the child is said by this one, with the setting to change.
/// </summary>
internal static class EngineTrial
{
    /// <summary><c>Voxeltron.CellWorker try-engine MAX_CELLS MEMORY_BYTES TABLE_ELEMENTS WARM_SLOTS</c></summary>
    public const string Word = "try-engine";

    /// <summary>The options are refused by name; the reason is on standard error.</summary>
    private const int Refused = 3;

    /// <summary>A pool takes 80 ms, a busy machine many times that.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static int Run(string[] arguments)
    {
        try
        {
            var numbers = arguments[1..].Select(static text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            using var engine = new CellEngine(new CellEngineOptions
            {
                MaxCells = (int)numbers[0], MaxMemoryBytes = numbers[1], MaxTableElements = (int)numbers[2], WarmSlots = (int)numbers[3],
            });
            return 0;
        }
        catch (EngineOptionsException refused)
        {
            Console.Error.WriteLine(refused.Message);
            return Refused;
        }
    }

    /// <exception cref="EngineOptionsException">This machine cannot hold the engine.</exception>
    public static Task RequireAsync(CellEngineOptions options, CancellationToken cancel) => RequireAsync(options, s_patience, cancel);

    public static async Task RequireAsync(CellEngineOptions options, TimeSpan patience, CancellationToken cancel, Func<string[], System.Diagnostics.ProcessStartInfo>? program = null)
    {
        string[] arguments = [Word, .. new[] { options.MaxCells, options.MaxMemoryBytes, options.MaxTableElements, options.WarmSlots }.Select(static number => number.ToString(CultureInfo.InvariantCulture))];
        var end = await ChildRun.RunAsync(program?.Invoke(arguments) ?? OwnProgram.Start(arguments), patience, static (_, _) => Task.CompletedTask, cancel);
        if (end.TimedOut)
        {
            throw new VoxeltronException("engine_not_tried", $"A trial of the engine did not end within {patience.TotalSeconds:0} s. Is the machine overloaded? Start the worker again.");
        }

        if (end.ExitCode != 0)
        {
            throw new EngineOptionsException(end.ExitCode == Refused
                ? $"worker.cell_capacity is {options.MaxCells}: {end.Said}"
                : $"worker.cell_capacity is {options.MaxCells}, and an engine with room for that cannot be made: a trial process {end.How}. "
                    + $"Lower worker.cell_capacity, or raise vm.max_map_count and the address-space limit (ulimit -v). It said: {end.Said}");
        }
    }
}
