using Voxeltron.Execution;

namespace Voxeltron.CellWorker;

/// <summary>A handler whose state can be written down and begun from. As <see cref="IStreamHandler"/>: in the writer section.</summary>
internal interface ISnapshotHandler
{
    /// <summary>There is a state worth keeping: the mission was accepted and has not ended.</summary>
    bool HasState { get; }

    SnapshotContent Write(StreamPosition at, IReadOnlyCollection<Guid> intents);

    /// <summary>Takes the state of a snapshot, after the entries up to its <see cref="SnapshotReader.SubmittedSeq"/> were recovered.</summary>
    /// <exception cref="SnapshotException">It is refused; <see cref="Forget"/> comes before anything else.</exception>
    void Read(SnapshotReader snapshot);

    /// <summary>Back to before the first entry.</summary>
    void Forget();
}
