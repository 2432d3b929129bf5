using Voxeltron.Kernel;

namespace Voxeltron.Execution;

/// <summary>An answer from outside, as it is recorded and delivered.</summary>
public interface IReply
{
    /// <summary>What the cell reads.</summary>
    byte[] Body { get; }
}

public static class Replies
{
    /// <summary>The recorded answer to a request.</summary>
    /// <exception cref="System.Text.Json.JsonException">The bytes are none.</exception>
    public static IReply Read(OpenRequest request, byte[] payload) => request.IsModel ? ModelReply.Read(payload) : HttpReply.Read(payload);

    /// <summary>An entry of the kind has an answer.</summary>
    public static bool Are(string kind) => kind is EntryKinds.HttpReplied or EntryKinds.ModelReplied;
}
