using System.Globalization;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>
/// The box a fuzzer runs in: so many seconds, one seed, and for each iteration a random source of its own, so that one iteration can be
/// repeated without those before it. VOXELTRON_FUZZ_SECONDS is the time of one fuzzer; VOXELTRON_FUZZ_SEED and _ITERATION repeat what failed.
/// </summary>
internal sealed class FuzzRun : IDisposable
{
    private const int DefaultSeconds = 10;

    /// <summary>Far beyond what the limits under test allow one iteration, also on a busy machine.</summary>
    private static readonly TimeSpan LongestIteration = TimeSpan.FromSeconds(120);

    private readonly string _name;
    private readonly ITestOutputHelper _output;
    private readonly int _seed = (int)(Setting("VOXELTRON_FUZZ_SEED") ?? Environment.TickCount & 0xFFFFFF);
    private readonly long? _only = Setting("VOXELTRON_FUZZ_ITERATION");
    private readonly TimeSpan _time = TimeSpan.FromSeconds(Setting("VOXELTRON_FUZZ_SECONDS") ?? DefaultSeconds);
    private readonly long _began = TimeProvider.System.GetTimestamp();
    private readonly string? _progress = Environment.GetEnvironmentVariable("VOXELTRON_FUZZ_PROGRESS");
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly ITimer _guard;

    // Written by the fuzzer's thread, read by the guard's.
    private long _iteration = -1;
    private long _iterationBegan = TimeProvider.System.GetTimestamp();

    public FuzzRun(string name, ITestOutputHelper output)
    {
        _name = name;
        _output = output;
        output.WriteLine($"VOXELTRON_FUZZ_SEED={_seed}, {_time.TotalSeconds} s");
        _guard = TimeProvider.System.CreateTimer(_ => Guard(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>So many that everything common must have been met; a repeated iteration, or a machine that was starved, proves nothing.</summary>
    public bool IsWhole => Count("iterations") >= 2_000;

    /// <summary>By scripts/fuzz: nothing else runs in this process, so what it holds is the fuzzer's.</summary>
    public bool IsAlone => _progress is not null;

    /// <summary>Counts something that was met.</summary>
    public void Met(string what, long times = 1) => _counts[what] = Count(what) + times;

    public long Count(string what) => _counts.GetValueOrDefault(what);

    /// <summary>Runs iterations until time is up. What one throws comes out with the way to repeat it.</summary>
    public void Iterate(Action<long, Random> iterate)
    {
        for (var i = _only ?? 0; i == _only || (_only is null && TimeProvider.System.GetElapsedTime(_began) < _time); i++)
        {
            Volatile.Write(ref _iterationBegan, TimeProvider.System.GetTimestamp());
            Volatile.Write(ref _iteration, i);
            if (_progress is not null)
            {
                // What ends the process leaves nothing else behind.
                File.WriteAllText($"{_progress}.{_name}", Repeat(i) + "\n");
            }

            try
            {
                iterate(i, new Random(unchecked((int)((_seed * 2_654_435_761L) ^ (i * 40_503L)))));
            }
            catch (Exception failure)
            {
                throw new XunitException($"{_name}: {Repeat(i)}\n{failure}");
            }

            Met("iterations");
        }

        _output.WriteLine(string.Join(", ", _counts.Select(static pair => $"{pair.Key} {pair.Value}")));
    }

    public void Dispose() => _guard.Dispose();

    private string Repeat(long iteration) => $"repeat with VOXELTRON_FUZZ_SEED={_seed} VOXELTRON_FUZZ_ITERATION={iteration}";

    // A hang in native code cannot be ended any other way.
    private void Guard()
    {
        if (TimeProvider.System.GetElapsedTime(Volatile.Read(ref _iterationBegan)) > LongestIteration && Volatile.Read(ref _iteration) is var iteration and >= 0)
        {
            Environment.FailFast($"{_name}: an iteration hangs; {Repeat(iteration)}");
        }
    }

    private static long? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;
}
