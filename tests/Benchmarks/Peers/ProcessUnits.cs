using System.Globalization;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>Units that are processes of some kind, started by <c>Units/spawn.c</c>: a .NET client's own way to start one costs more than some of them.</summary>
/// <param name="units">In a round.</param>
/// <param name="commands">Ways to start one, best first: the first that answers on this machine is measured.</param>
internal sealed class ProcessUnits(string name, int units, params UnitCommand[] commands) : UnitPeer(name)
{
    private const int UnitsThatDoNotCount = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private string _log = "";
    private UnitCommand? _command;

    public override string? Program => commands.Length > 1 ? _command?.Arguments[0] : null;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override async Task BeginAsync(string directory, CancellationToken cancel)
    {
        _log = Path.Combine(directory, $"units-{Name}.log");
        var reasons = new List<string>();
        foreach (var command in commands)
        {
            try
            {
                await RunAsync(command, UnitsThatDoNotCount, cancel);
                _command = command;
                return;
            }
            catch (VoxeltronException unavailable) when (unavailable.FaultCode == PeerFigure.Unavailable)
            {
                reasons.Add(unavailable.Message);
            }
        }

        throw new VoxeltronException(PeerFigure.Unavailable, string.Join("; ", reasons.Distinct()));
    }

    protected override Task<IReadOnlyList<double>> MakeAsync(CancellationToken cancel) => RunAsync(_command!, units, cancel);

    private async Task<IReadOnlyList<double>> RunAsync(UnitCommand command, int count, CancellationToken cancel)
    {
        var lines = new List<string>();
        await using (var child = ChildProcess.Start(
            _log, [], lines.Add, [.. command.Around, UnitPeers.Spawner(), count.ToString(CultureInfo.InvariantCulture), .. command.Arguments]))
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(Patience);
            try
            {
                await child.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw new VoxeltronException(PeerFigure.Unavailable, $"{lines.Count} of {count} units answered within {Patience.TotalSeconds:0} s");
            }
        }

        return lines.Count == count
            ? [.. lines.Select(static line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture))]
            : throw new VoxeltronException(PeerFigure.Unavailable, File.ReadLines(_log).FirstOrDefault() ?? $"{command.Arguments[0]}: {lines.Count} of {count} units answered");
    }
}

/// <param name="Arguments">Of one unit; {} becomes a name of its own.</param>
/// <param name="Around">What the spawner itself runs in.</param>
internal sealed record UnitCommand(string[] Arguments, params string[] Around);
