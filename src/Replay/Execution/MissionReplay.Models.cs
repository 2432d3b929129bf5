using System.Text.Json;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

// Who answered a model call, what it cost and who was asked before is the host's word; that a model was asked, and that body and payload agree, is computed.
public sealed partial class MissionReplay
{
    /// <summary>A model's answer is to what was asked of a model, and a server's to what was asked of a server.</summary>
    private bool IsOfItsKind(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var (task, ticket) = (RecordedBodies.Text(document.RootElement, "task"), document.RootElement.GetProperty("ticket").GetInt64());
        var isModel = _state.Requests.Find(task, ticket).IsModel;
        return Same(entry, "kind", entry.Header.Kind is EntryKinds.HttpReplied ? "request" : "model call", isModel ? "model call" : "request");
    }

    private bool SaysModelReply(Entry entry, JsonElement body)
    {
        var reply = ModelReply.Read(entry.Payload!);
        return Same(entry, "provider", RecordedBodies.Text(body, "provider"), reply.Provider)
            && Same(entry, "model", RecordedBodies.Text(body, "model"), reply.Model)
            && Same(entry, "tokens_in", Text(body.GetProperty("tokens_in").GetInt64()), Text(reply.TokensIn))
            && Same(entry, "tokens_out", Text(body.GetProperty("tokens_out").GetInt64()), Text(reply.TokensOut));
    }

    private void ModelFailed(Entry entry)
    {
        if (IsOfItsKind(entry))
        {
            _state.Apply(entry);
            Link(entry, entry.Body);
        }
    }
}
