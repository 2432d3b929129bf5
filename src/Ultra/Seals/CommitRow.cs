using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>One durable batch of one host; a row of <c>journal.commit</c>.</summary>
/// <param name="Number">1, 2, 3… per host, without a gap.</param>
/// <param name="Root">RFC 6962 root over the host-seal statements of its streams, ordered by <see cref="StreamRef"/>.</param>
/// <param name="Previous">SHA-256 over the statement and signature of this host's commit before; 32 zero bytes for number 1.</param>
public sealed record CommitRow(
    HostId Host,
    long Number,
    long TimeUs,
    int StreamCount,
    int EntryCount,
    byte[] Root,
    byte[] Previous,
    KeyId Signer,
    byte[] Signature);
