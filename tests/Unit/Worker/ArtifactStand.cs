using Microsoft.Extensions.Logging;
using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Worker;

/// <summary>A directory of artifacts and what a worker needs around it; deleted afterwards.</summary>
internal sealed class ArtifactStand : IDisposable
{
    private readonly Ed25519Signer _ca = new(new byte[Ed25519.SeedBytes]);

    public string Root { get; } = Directory.CreateTempSubdirectory("voxeltron-artifacts-").FullName;

    public string Artifacts => Path.Combine(Root, "artifacts");

    public SettableClock Clock { get; } = new();

    public HeardLines Said { get; } = new();

    public byte[] CaPublicKey => _ca.PublicKey;

    public static ArtifactKey Key(ModuleDigest module, CellEngine engine) => new(module, engine.Fingerprint, ProcessorFeatures.Line);

    /// <summary>As one worker process has it.</summary>
    /// <param name="ca">Of another fabric; null: of this one.</param>
    public ArtifactStore Store(long mostBytes = 1 << 30, ISigner? ca = null, string? directory = null)
    {
        var store = new ArtifactStore(directory ?? Artifacts, mostBytes, (ca ?? _ca).PublicKey, Clock, Said.For<ArtifactStore>());
        store.SealAs(HostIdentity.Create(ca ?? _ca, Clock));
        return store;
    }

    public (ArtifactLoader Loader, CompileQueue Queue, Func<int> Compilations) Loader(CellEngine engine, ArtifactStore store)
    {
        var count = 0;
        var queue = new CompileQueue(
            new CompileProcess(CompileOptions.Default, options =>
            {
                Interlocked.Increment(ref count);
                return CompileProcess.Program(options);
            }),
            TimeProvider.System, Said.For<CompileQueue>());
        return (new ArtifactLoader(engine, store, queue, new WorkerMetrics()), queue, () => Volatile.Read(ref count));
    }

    public string[] Files() => Directory.Exists(Artifacts) ? Directory.GetFiles(Artifacts) : [];

    public void Dispose()
    {
        _ca.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}

/// <summary>Stands still until told.</summary>
internal sealed class SettableClock : TimeProvider
{
    private DateTimeOffset _now = System.GetUtcNow();

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan span) => _now += span;
}

/// <summary>What components said.</summary>
internal sealed class HeardLines
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public ILogger<T> For<T>() => new Ear<T>(this);

    private sealed class Ear<T>(HeardLines lines) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines._lines)
            {
                lines._lines.Add(formatter(state, exception));
            }
        }
    }
}
