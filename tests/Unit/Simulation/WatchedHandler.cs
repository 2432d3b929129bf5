using Voxeltron.CellWorker;
using Voxeltron.Execution;
using Voxeltron.Tests.Unit.Cosmictron;
using Voxeltron.Ultra;
using StreamWriter = Voxeltron.CellWorker.StreamWriter;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>
/// The real handler, with the points of one action around it, and with an output for every turn: the mission's state root
/// after its last entry. Whoever sees that output has seen everything the turn depended on.
/// </summary>
internal sealed class WatchedHandler(SimWorld world, SimHost host, MissionHandler inner, MissionState state, OutputGate gate) : IStreamHandler, ISnapshotHandler, IDisposable
{
    private long _seq;
    private long _steppedAt;

    public bool Finished => inner.Finished;

    public byte[]? NewSecret() => inner.NewSecret();

    public void Recover(Entry entry)
    {
        inner.Recover(entry);
        _seq = entry.Header.Seq;
    }

    public bool HasState => inner.HasState;

    public SnapshotContent Write(StreamPosition at, IReadOnlyCollection<Guid> intents)
    {
        var content = inner.Write(at, intents);
        world.Pass(host, KillPoint.InSnapshot);
        return content;
    }

    public void Read(SnapshotReader snapshot)
    {
        inner.Read(snapshot);
        _seq = snapshot.At.Seq;
    }

    public void Forget() => inner.Forget();

    public async Task BeginAsync(StreamWriter writer, CancellationToken cancel)
    {
        await inner.BeginAsync(writer, cancel);
        await world.PassAsync(host, KillPoint.InTakeover);
    }

    public Task AcceptAsync(StreamWriter writer, ArrivedIntent intent, CancellationToken cancel) => inner.AcceptAsync(writer, intent, cancel);

    public async Task<TimeSpan?> StepAsync(StreamWriter writer, CancellationToken cancel)
    {
        DamageIfDue();
        var wait = await inner.StepAsync(writer, cancel);
        if (writer.LastSeq > _seq)
        {
            _seq = writer.LastSeq;
            gate.Wait(_seq, Root(state));
            await world.PassAsync(host, KillPoint.AfterExecute);
        }

        return wait;
    }

    /// <summary>A bit of a row flips between two turns. Not while no time has passed since the last: the scrubber would not look.</summary>
    private void DamageIfDue()
    {
        var now = host.Clock.GetTimestamp();
        if (world.RowsToDamage > 0 && now > _steppedAt && state is { Spec: not null, Finished: false } && state.Store.RowCount > 0 && world.Damage.Next(3) == 0)
        {
            world.RowsToDamage--;
            DumpTests.Damage(state.Store, "slot", row: world.Damage.Next((int)state.Store.RowCount));
        }

        _steppedAt = now;
    }

    public StreamProjection DrainProjection() => inner.DrainProjection();

    public void Dispose() => inner.Dispose();

    public static string Root(MissionState state) => state.Spec is null ? "" : Convert.ToHexStringLower(state.Store.Root());
}

/// <summary>
/// The output gate of one owner, as completions and streams of events use it: nothing leaves before the owner's durable seq has
/// reached it. What was still waiting when its host died never leaves.
/// </summary>
internal sealed class OutputGate(SimWorld world, SimHost host)
{
    private readonly Queue<(long Seq, string Root)> _waiting = new();

    public StreamOwner? Owner { get; set; }

    public void Wait(long seq, string root) => _waiting.Enqueue((seq, root));

    public void Open()
    {
        while (Owner is { } owner && !host.Context.IsDead && _waiting.TryPeek(out var output) && output.Seq <= owner.DurableSeq)
        {
            _waiting.Dequeue();
            world.Released(new Output(new StreamRef(owner.Term.Tenant, owner.Term.Stream), owner.Term.Epoch, host.Identity.Id, output.Seq, output.Root));
        }
    }
}

/// <summary>What left the fabric: it claims that the entry at <paramref name="Seq"/>, of this epoch and host, is durable.</summary>
internal sealed record Output(StreamRef Stream, long Epoch, Kernel.HostId Host, long Seq, string Root);
