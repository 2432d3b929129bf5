using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A signed act that waits in <c>control.inbox</c> until the stream's owner appends it verbatim.</summary>
/// <param name="Id">Unique in its stream; also the inbox id.</param>
/// <param name="Body">JCS text holding <c>"intent":{…}</c>; becomes the entry's body unchanged.</param>
/// <param name="Signature">By <paramref name="Signer"/>, as <see cref="IntentSignature"/> says; becomes the entry's actor seal. Empty in a draft.</param>
public sealed record Intent(
    Guid Id,
    TenantId Tenant,
    StreamId Stream,
    string Kind,
    string Actor,
    EntryBody Body,
    byte[]? Payload,
    byte[]? Salt,
    KeyId Signer,
    byte[] Signature);
