using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A signature over the signer's entries of one stream in one commit; a row of <c>journal.seal</c>.</summary>
/// <param name="Role"><c>host</c>, <c>cell</c> or <c>actor</c>: see <see cref="SealRoles"/>.</param>
/// <param name="Host">The host whose commit carried the seal, whoever signed it.</param>
/// <param name="Root">RFC 6962 root over the sealed chain values; of an actor seal, SHA-256 of the body.</param>
public sealed record SealRow(
    TenantId Tenant,
    StreamId Stream,
    long FirstSeq,
    long LastSeq,
    int EntryCount,
    string Role,
    KeyId Signer,
    HostId Host,
    long CommitNumber,
    byte[] Root,
    byte[] Signature);
