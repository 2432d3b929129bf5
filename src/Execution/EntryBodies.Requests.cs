using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

// What came of requests for something outside.
public static partial class EntryBodies
{
    /// <summary>A server answered. The cell is told by a later action, whichever attempt that is of.</summary>
    public static EntryDraft HttpReplied(HostId host, in HttpReplyRecord reply, SaltedPayload payload)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("bytes").Integer(reply.Bytes);
        payload.WriteReference(json);
        json.Name("redirects").Integer(reply.Redirects);
        json.Name("status").Integer(reply.Status);
        json.Name("task").String(reply.TaskKey);
        json.Name("ticket").Integer(reply.Ticket);
        json.Name("us").Integer(reply.Us);
        return Close(json, EntryKinds.HttpReplied, Actors.Host(host), payload);
    }

    /// <summary>Requests of one task that got no answer, all for one reason.</summary>
    /// <param name="kind"><c>http.failed</c> or <c>egress.refused</c>.</param>
    public static EntryDraft HttpFailed(string kind, HostId host, string taskKey, string code, IReadOnlyList<long> tickets, SaltedPayload payload)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("code").String(code);
        json.Name("count").Integer(tickets.Count);
        payload.WriteReference(json);
        json.Name("task").String(taskKey);
        json.Name("tickets").BeginArray();
        foreach (var ticket in tickets)
        {
            json.Integer(ticket);
        }

        json.EndArray();
        return Close(json, kind, Actors.Host(host), payload);
    }
}
