using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>One signed intent on its way into <c>control.inbox</c>, with the key under which a repeat attaches instead of writing again.</summary>
/// <param name="Intent">Written verbatim; its id becomes the inbox id.</param>
/// <param name="Scope">What the idempotency key is unique in, inside the tenant: <c>missions</c>, <c>modules</c>, <c>mission_…/input</c>.</param>
/// <param name="IdempotencyKey">The client's key, or the natural one (item key, module digest).</param>
/// <param name="RequestSha256">Over the request's bytes as received: the same key with other bytes is a conflict.</param>
/// <param name="Resource">What the first request made; a repeat is answered with it.</param>
/// <param name="LeaseRole"><c>mission</c> or <c>system</c> when the stream may be new and must become claimable; else null.</param>
/// <param name="Group">Submissions of one group are written together or not at all.</param>
/// <param name="UnlessEnded">Not written when the mission whose stream it goes to is known to have ended: a courtesy, the owner refuses latecomers itself.</param>
public sealed record Submission(
    Intent Intent,
    string Scope,
    string IdempotencyKey,
    byte[] RequestSha256,
    string Resource,
    string? LeaseRole,
    Guid Group,
    bool UnlessEnded = false);

/// <summary>What became of one submission.</summary>
public enum SubmissionStatus
{
    /// <summary>Durable in the inbox.</summary>
    Accepted,

    /// <summary>The same request was written before; nothing was written now.</summary>
    Attached,

    /// <summary>The key was used for other bytes; nothing was written.</summary>
    Conflict,

    /// <summary>Sound itself, but another submission of its group was in conflict; nothing was written.</summary>
    Withheld,

    /// <summary>The mission has ended, and this was not written before; nothing was written.</summary>
    Ended,
}

/// <param name="Status">See <see cref="SubmissionStatus"/>.</param>
/// <param name="InboxId">The row this request made, or the one it attached to.</param>
/// <param name="Resource">As the first request recorded it.</param>
public readonly record struct SubmissionResult(SubmissionStatus Status, Guid InboxId, string Resource);
