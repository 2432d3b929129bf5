namespace Voxeltron.Ultra;

/// <summary>Running counts over all streams, for the report.</summary>
internal sealed class StreamTotals
{
    public long Streams { get; set; }

    public long Entries { get; set; }

    public long Seals { get; set; }

    public long HostSealedOnly { get; set; }

    public long PayloadsErased { get; set; }
}
