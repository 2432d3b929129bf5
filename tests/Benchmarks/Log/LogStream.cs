using Voxeltron.CellWorker;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using StreamWriter = Voxeltron.CellWorker.StreamWriter;

namespace Voxeltron.Benchmarks;

/// <summary>One stream with the worker's own queue and writer. Entries have a body and a payload of a fixed size each.</summary>
internal sealed class LogStream
{
    public const int BodyBytes = 256;
    public const int PayloadBytes = 256;
    private const int Payloads = 1_024;

    private static readonly byte[][] s_payloads = MakePayloads();

    private readonly JcsWriter _json = new(BodyBytes * 2);
    private readonly string _actor;
    private readonly StreamWriter _writer;
    private readonly string _note;

    // When each undurable group was appended. The writer adds, the committer's callback takes.
    private readonly Queue<(long LastSeq, int Entries, long Appended)> _waiting = new();
    private readonly Lock _gate = new();
    private int _next;

    public LogStream(TenantId tenant, HostIdentity identity, Committer committer, TimeProvider clock)
    {
        _actor = Actors.Host(identity.Host);
        Queue = new StreamQueue(new StreamRef(tenant, new StreamId(Guid.NewGuid())), epoch: 1, clock);
        Queue.FenceOn(0);
        _writer = new StreamWriter(Queue, committer, 0, Chain.Zero, 0, clock);
        _writer.Append(EntryBodies.EpochBegan(identity.Host, identity.Signer.KeyId, 1, 0, Salts.Salt(new byte[DeliveryId.SecretBytes])));
        _writer.Flush(StreamProjection.Empty);
        _note = new string('x', BodyBytes - Body("", Salts.Salt(s_payloads[0])).Length);
    }

    public StreamQueue Queue { get; }

    /// <summary>Entries appended, the first one of the epoch included.</summary>
    public long Appended => _writer.LastSeq;

    /// <summary>One turn of a writer section: some entries, handed to the committer as one group.</summary>
    public void Append(int entries)
    {
        for (var i = 0; i < entries; i++)
        {
            var payload = Salts.Salt(s_payloads[_next++ % Payloads]);
            _writer.Append(new EntryDraft(EntryKinds.IntentRefused, _actor, Body(_note, payload), payload.Payload, payload.Salt));
        }

        lock (_gate)
        {
            _waiting.Enqueue((_writer.LastSeq, entries, Ticks.Now));
        }

        _writer.Flush(StreamProjection.Empty);
    }

    /// <summary>Takes the groups that became durable.</summary>
    public void Released(Action<int, long> each)
    {
        var durable = Queue.DurableSeq;
        lock (_gate)
        {
            while (_waiting.TryPeek(out var group) && group.LastSeq <= durable)
            {
                _waiting.Dequeue();
                each(group.Entries, group.Appended);
            }
        }
    }

    private string Body(string note, SaltedPayload payload)
    {
        _json.Reset();
        _json.BeginObject();
        _json.Name("note").String(note);
        PayloadMember.Write(_json, payload.Salt, payload.Payload);
        _json.Name("v").Integer(1);
        _json.EndObject();
        return _json.ToString();
    }

    // Random, as real input is: a server that compresses must not look better than it is.
    private static byte[][] MakePayloads()
    {
        var random = new Random(20260101);
        var payloads = new byte[Payloads][];
        for (var i = 0; i < Payloads; i++)
        {
            random.NextBytes(payloads[i] = new byte[PayloadBytes]);
        }

        return payloads;
    }
}
