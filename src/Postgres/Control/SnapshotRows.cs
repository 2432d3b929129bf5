using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>A stored snapshot.</summary>
/// <param name="Seq">The last entry its state contains; the entry that says its root follows.</param>
/// <param name="Root">SHA-256 of the bytes before compression.</param>
/// <param name="Size">Bytes before compression.</param>
public sealed record SnapshotRow(TenantId Tenant, StreamId Stream, long Seq, byte[] Root, long Size);
