using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// The bytes tasks read: items and results, by seq. Recent ones are in memory up to a bound; older ones are read again
/// from the journal, where they stand for as long as their payload is not erased.
/// </summary>
internal sealed class InputBytes(StreamRef stream, IJournal journal)
{
    /// <summary>Bytes kept in memory per mission. Beyond it the oldest durable ones are let go.</summary>
    private const long MostBytes = 64 * 1024 * 1024;

    private readonly Dictionary<long, byte[]> _bySeq = [];
    private readonly Queue<long> _order = new();
    private long _bytes;
    private readonly SortedDictionary<long, byte[]> _answers = [];
    private long _answerBytes;

    /// <summary>Everything up to here can be read back from the journal, so it may leave memory.</summary>
    public Func<long> DurableSeq { get; set; } = static () => 0;

    public void Remember(Entry entry)
    {
        if (entry.Header.Kind == EntryKinds.InputSubmitted && entry.Payload is not null)
        {
            Remember(entry.Header.Seq, entry.Payload);
        }
    }

    public void Remember(long seq, byte[] bytes)
    {
        if (!_bySeq.TryAdd(seq, bytes))
        {
            return;
        }

        _order.Enqueue(seq);
        _bytes += bytes.Length;
        while (_bytes > MostBytes && _order.TryPeek(out var oldest) && oldest <= DurableSeq())
        {
            _order.Dequeue();
            _bySeq.Remove(oldest, out var gone);
            _bytes -= gone!.Length;
        }
    }

    public async ValueTask<byte[]> ReadAsync(InputReference reference, CancellationToken cancel)
    {
        if (reference.Kind == InputKind.None)
        {
            return [];
        }

        if (_bySeq.TryGetValue(reference.Seq, out var held))
        {
            return held;
        }

        await foreach (var entry in journal.ReadAsync(stream.Tenant, stream.Stream, reference.Seq - 1, cancel))
        {
            var bytes = reference.Kind == InputKind.Item
                ? entry.Payload ?? throw new PayloadErasedException($"The input at seq {reference.Seq} was erased.")
                : ActionPayload.ReadResult(entry.Payload);
            Remember(reference.Seq, bytes);
            return bytes;
        }

        throw Missing(reference.Seq);
    }

    /// <summary>An entry's payload as it stands: an answer, or an action that asked.</summary>
    /// <returns>Null when it was erased.</returns>
    public async ValueTask<byte[]?> ReadPayloadAsync(long seq, CancellationToken cancel)
    {
        if (_answers.TryGetValue(seq, out var held))
        {
            return held;
        }

        await foreach (var entry in journal.ReadAsync(stream.Tenant, stream.Stream, seq - 1, cancel))
        {
            return entry.Payload;
        }

        throw Missing(seq);
    }

    /// <summary>An answer that was just written down and will be read once, soon.</summary>
    public void RememberAnswer(long seq, byte[] payload)
    {
        // Beyond the bound the journal has it, when it is durable; until then it must be here.
        _answers.Add(seq, payload);
        _answerBytes += payload.Length;
        while (_answerBytes > MostBytes && _answers.First() is var (oldest, bytes) && oldest <= DurableSeq())
        {
            _answers.Remove(oldest);
            _answerBytes -= bytes.Length;
        }
    }

    /// <summary>Its cell has taken it. Before that an abort may ask for it again, and the journal need not have it yet.</summary>
    public void ForgetAnswer(long seq)
    {
        if (_answers.Remove(seq, out var gone))
        {
            _answerBytes -= gone.Length;
        }
    }

    private InvariantException Missing(long seq) => new($"Seq {seq} of {stream} is referred to, and is not in the journal.");
}
