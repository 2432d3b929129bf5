using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Where a stream stands; a row of <c>journal.stream_head</c>, the fence every commit passes.</summary>
public sealed record HeadRow(TenantId Tenant, StreamId Stream, long Seq, long Epoch, byte[] Chain);
