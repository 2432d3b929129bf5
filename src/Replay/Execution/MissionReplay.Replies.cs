using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

// Answers from outside are taken from the record; that somebody waits for each, that none came twice, and what the cell made of it, is computed.
public sealed partial class MissionReplay
{
    private readonly HashSet<long> _erasedReplies = [];

    private void Replied(Entry entry)
    {
        if (!IsOfItsKind(entry))
        {
            return;
        }

        if (entry.Payload is not null)
        {
            using var document = JsonDocument.Parse(entry.Body.Utf8);
            // Nobody computes this payload again, so its digest alone says that it is the one the chain covers.
            if (entry.PayloadSalt is not { Length: PayloadDigest.SaltBytes } salt
                || !Same(entry, "payload", RecordedBodies.PayloadDigest(entry.Body), PayloadDigest.Hex(salt, entry.Payload))
                || !(entry.Header.Kind == EntryKinds.ModelReplied ? SaysModelReply(entry, document.RootElement) : SaysReply(entry, document.RootElement)))
            {
                return;
            }

            _bytes.Add(entry.Header.Seq, entry.Payload);
        }
        else
        {
            _erasedReplies.Add(entry.Header.Seq);
        }

        _state.Apply(entry);
        Link(entry, entry.Body);
    }

    private bool SaysReply(Entry entry, JsonElement body)
    {
        var reply = HttpReply.Read(entry.Payload!);
        return Same(entry, "status", Text(body.GetProperty("status").GetInt64()), Text(reply.Status))
            && Same(entry, "bytes", Text(body.GetProperty("bytes").GetInt64()), Text(reply.Body.Length));
    }

    /// <summary>An answer that stood before the start, and is delivered to a cell booted after it.</summary>
    private async Task FetchReplyAsync(Entry entry)
    {
        if (_earlier is null || entry.Header.Kind is not (EntryKinds.Action or EntryKinds.ActionAborted) || entry.Body.Span.IndexOf("\"reply_seq\":"u8) < 0)
        {
            return;
        }

        using var document = JsonDocument.Parse(entry.Body.Utf8);
        if (!document.RootElement.TryGetProperty("reply_seq", out var at) || !at.TryGetInt64(out var seq) || seq > Start || _bytes.Contains(seq) || _erasedReplies.Contains(seq)
            || await _earlier(seq, CancellationToken.None) is not { } source || !Replies.Are(source.Header.Kind))
        {
            return;
        }

        if (source.Payload is not { } payload)
        {
            _erasedReplies.Add(seq);
        }
        else if (source.PayloadSalt is { Length: PayloadDigest.SaltBytes } salt && RecordedBodies.PayloadDigest(source.Body) == PayloadDigest.Hex(salt, payload))
        {
            _bytes.Add(seq, payload);
        }
    }

    private void RequestFailed(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var (count, tickets) = (document.RootElement.GetProperty("count").GetInt32(), document.RootElement.GetProperty("tickets").GetArrayLength());
        if (Same(entry, "count", Text(count), Text(tickets)))
        {
            _state.Apply(entry);
            Link(entry, entry.Body);
        }
    }

    private bool TryRunReply(Entry entry, LiveCell live, long ticket, long nowUs, out DeliveredEvent told, out ActionOutcome outcome, out WriteSet writes)
    {
        (outcome, writes) = (null!, WriteSet.Empty);
        var request = _state.Requests.Find(live.TaskKey, ticket);
        told = DeliveredEvent.Of(request);
        if (!request.IsAnswered)
        {
            return Same(entry, "event", $"reply to request {Text(ticket)}", "it was not answered");
        }

        if (_state.Gates.OfTicket(live.TaskKey, ticket) is { } gate)
        {
            (outcome, writes) = Runner().RunGate(live.Delivery, request, gate, nowUs);
            return true;
        }

        IReply? reply = null;
        if (request.Code is null)
        {
            if (_erasedReplies.Contains(request.AnsweredSeq))
            {
                StopExecuting(entry, $"the answer recorded at seq {Text(request.AnsweredSeq)} is gone");
                Link(entry, entry.Body);
                return false;
            }

            reply = _bytes.TryGet(request.AnsweredSeq, out var bytes) ? Replies.Read(request, bytes) : throw new InvariantException($"Seq {request.AnsweredSeq} holds no answer.");
        }

        (outcome, writes) = Runner().RunReply(live.Delivery, request, reply, nowUs);
        return true;
    }
}
