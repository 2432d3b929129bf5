using Voxeltron.CellWorker;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Tests.Unit.Cosmictron;
using Voxeltron.Ultra;
using StreamWriter = Voxeltron.CellWorker.StreamWriter;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>
/// The real handler, with the points of one action around it, and with an output for every turn: the mission's state root
/// after its last entry. Whoever sees that output has seen everything the turn depended on.
/// </summary>
internal sealed class WatchedHandler(SimWorld world, SimHost host, MissionHandler inner, MissionState state, ClaimedLease lease) : IStreamHandler, ISnapshotHandler, IDisposable
{
    private long _steppedAt;

    /// <summary>Its owner has ended or was dropped: nothing it did may leave any more.</summary>
    public bool IsOver { get; set; }

    public bool Finished => inner.Finished;

    public byte[]? NewSecret() => inner.NewSecret();

    public void Recover(Entry entry) => inner.Recover(entry);

    public bool HasState => inner.HasState;

    public SnapshotContent Write(StreamPosition at, IReadOnlyCollection<Guid> intents)
    {
        var content = inner.Write(at, intents);
        world.Pass(host, KillPoint.InSnapshot);
        return content;
    }

    public void Read(SnapshotReader snapshot) => inner.Read(snapshot);

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
        if (writer.LastSeq > writer.FlushedSeq)
        {
            writer.Hold(new SimOutput(world, host, this, new Output(lease.Ref, lease.Epoch, host.Identity.Id, writer.LastSeq, Root(state))));
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

    public void Dispose()
    {
        IsOver = true;
        inner.Dispose();
    }

    public static string Root(MissionState state) => state.Spec is null ? "" : Convert.ToHexStringLower(state.Store.Root());
}

/// <summary>An output that waits in the product's gate: it stands for every later one, such as a request a cell made.</summary>
internal sealed class SimOutput(SimWorld world, SimHost host, WatchedHandler handler, Output output) : IOutput
{
    public void Leave()
    {
        world.Pass(host, KillPoint.BeforeRelease);
        if (host.Context.IsDead)
        {
            return;
        }

        if (handler.IsOver)
        {
            throw new InvariantException($"{output} left after its owner had ended.");
        }

        world.Released(output);
    }
}

/// <summary>What left the fabric: it claims that the entry at <paramref name="Seq"/>, of this epoch and host, is durable.</summary>
internal sealed record Output(StreamRef Stream, long Epoch, HostId Host, long Seq, string Root);
