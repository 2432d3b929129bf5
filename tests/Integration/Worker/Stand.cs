using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>A clock that stands still until told.</summary>
internal sealed class ManualClock : TimeProvider
{
    private DateTimeOffset _now = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan span) => _now += span;
}

/// <summary>What a component said.</summary>
internal sealed class HeardLog<T> : ILogger<T>
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

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add(formatter(state, exception));
        }
    }
}

/// <summary>A journal nobody has written to yet.</summary>
internal sealed class EmptyJournal : IJournal
{
    public Task<CommitOutcome> CommitAsync(CommitBatch batch, CancellationToken ct) => throw new NotSupportedException();

    public Task<HeadRow?> ReadHeadAsync(TenantId tenant, StreamId stream, CancellationToken ct) => Task.FromResult<HeadRow?>(null);

    public async IAsyncEnumerable<Entry> ReadAsync(TenantId tenant, StreamId stream, long afterSeq, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        yield break;
    }
}

/// <summary>Registered modules, and how often the bytes of each were asked for.</summary>
internal sealed class ModuleShelf : IModuleSource
{
    private readonly Dictionary<ModuleDigest, byte[]> _modules = [];

    public List<ModuleDigest> Read { get; } = [];

    public ModuleDigest Add(byte[] wasm)
    {
        var digest = ModuleDigest.Of(wasm);
        _modules[digest] = wasm;
        return digest;
    }

    /// <summary>Somebody at the tables: other bytes under this digest.</summary>
    public void Replace(ModuleDigest digest, byte[] wasm) => _modules[digest] = wasm;

    public ValueTask<byte[]?> ReadAsync(TenantId tenant, ModuleDigest digest, bool withBytes, CancellationToken cancel)
    {
        if (withBytes)
        {
            Read.Add(digest);
        }

        return ValueTask.FromResult(_modules.TryGetValue(digest, out var wasm) ? withBytes ? wasm : [] : null);
    }
}
