using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

// What came of model calls.
public static partial class EntryBodies
{
    /// <summary>A provider answered. The cell is told by a later action, whichever attempt that is of.</summary>
    public static EntryDraft ModelReplied(HostId host, in ModelReplyRecord reply, SaltedPayload payload)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("class").String(reply.Class);
        json.Name("cost_micro").Integer(reply.CostMicro);
        if (reply.IsEstimated)
        {
            json.Name("estimated").Boolean(true);
        }

        json.Name("external").Boolean(reply.IsExternal);
        json.Name("model").String(reply.Model);
        payload.WriteReference(json);
        json.Name("provider").String(reply.Provider);
        json.Name("sent_us").Integer(reply.SentUs);
        json.Name("task").String(reply.TaskKey);
        json.Name("ticket").Integer(reply.Ticket);
        json.Name("tokens_in").Integer(reply.TokensIn);
        json.Name("tokens_out").Integer(reply.TokensOut);
        WriteTried(json, reply.Tried);
        json.Name("us").Integer(reply.Us);
        return Close(json, EntryKinds.ModelReplied, Actors.Host(host), payload);
    }

    /// <summary>No provider answered.</summary>
    public static EntryDraft ModelFailed(HostId host, string taskKey, long ticket, string modelClass, string code, IReadOnlyList<ModelTry> tried, SaltedPayload payload)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("class").String(modelClass);
        json.Name("code").String(code);
        payload.WriteReference(json);
        json.Name("task").String(taskKey);
        json.Name("ticket").Integer(ticket);
        WriteTried(json, tried);
        return Close(json, EntryKinds.ModelFailed, Actors.Host(host), payload);
    }

    private static void WriteTried(JcsWriter json, IReadOnlyList<ModelTry> tried)
    {
        json.Name("tried").BeginArray();
        foreach (var one in tried)
        {
            json.BeginObject();
            json.Name("code").String(one.Code);
            json.Name("external").Boolean(one.IsExternal);
            json.Name("provider").String(one.Provider);
            if (one.SentUs is { } sent)
            {
                json.Name("sent_us").Integer(sent);
            }

            json.Name("us").Integer(one.Us);
            json.EndObject();
        }

        json.EndArray();
    }
}

/// <summary>What a <c>model.replied</c> body says; the text is payload.</summary>
/// <param name="IsEstimated">The provider did not count the tokens.</param>
/// <param name="CostMicro">Millionths of the operator's currency unit.</param>
/// <param name="SentUs">When the request was handed to the network, Unix microseconds.</param>
/// <param name="Us">From then to the last byte, microseconds.</param>
/// <param name="Tried">Who was asked before, in order.</param>
public readonly record struct ModelReplyRecord(
    string TaskKey, long Ticket, string Class, string Provider, string Model, bool IsExternal, long TokensIn, long TokensOut, bool IsEstimated, long CostMicro, long SentUs, long Us,
    IReadOnlyList<ModelTry> Tried);
