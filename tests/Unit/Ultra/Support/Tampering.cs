using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>Every column of every table of the log, and the ways to change each. A column added to a row record must be added here.</summary>
public static class Tampering
{
    private static readonly TenantId OtherTenant = new("elsewhere");

    public static IReadOnlyDictionary<string, Func<InMemoryLog, IEnumerable<Tampered>>> Columns { get; } =
        new Dictionary<string, Func<InMemoryLog, IEnumerable<Tampered>>>
        {
            ["entry.tenant_id"] = Entry(e => [e with { Header = e.Header with { Tenant = OtherTenant } }]),
            ["entry.stream_id"] = Entry(e => Ids(e.Header.Stream.Value).Select(v => e with { Header = e.Header with { Stream = new StreamId(v) } })),
            ["entry.seq"] = Entry(e => Numbers(e.Header.Seq).Select(v => e with { Header = e.Header with { Seq = v } })),
            ["entry.epoch"] = Entry(e => Numbers(e.Header.Epoch).Select(v => e with { Header = e.Header with { Epoch = v } })),
            ["entry.time"] = Entry(e => Numbers(e.Header.TimeUs).Select(v => e with { Header = e.Header with { TimeUs = v } })),
            ["entry.kind"] = Entry(e => Texts(e.Header.Kind).Append(EntryKinds.Action).Where(v => v != e.Header.Kind).Select(v => e with { Header = e.Header with { Kind = v } })),
            ["entry.actor"] = Entry(e => Texts(e.Header.Actor).Select(v => e with { Header = e.Header with { Actor = v } })),
            ["entry.body"] = Entry(e => Texts(e.Body.ToString()).Append("").Append("{}").Append(e.Body + " ").Select(v => e with { Body = v })),
            ["entry.payload"] = Entry(e => e.Payload is null
                ? [e with { Payload = [1] }, e with { Payload = [1], PayloadSalt = LogBuilder.Salt(1) }]
                : Bytes(e.Payload).Select(v => e with { Payload = v }).Append(e with { Payload = null }).Append(e with { Payload = null, PayloadSalt = null })),
            ["entry.payload_salt"] = Entry(e => e.PayloadSalt is null
                ? [e with { PayloadSalt = LogBuilder.Salt(1) }]
                : Bytes(e.PayloadSalt).Select(v => e with { PayloadSalt = v }).Append(e with { PayloadSalt = null })),
            ["entry.chain"] = Entry(e => Bytes(e.Chain).Select(v => e with { Chain = v })),

            ["seal.tenant_id"] = Seal(s => [s with { Tenant = OtherTenant }]),
            ["seal.stream_id"] = Seal(s => Ids(s.Stream.Value).Select(v => s with { Stream = new StreamId(v) })),
            ["seal.first_seq"] = Seal(s => Numbers(s.FirstSeq).Select(v => s with { FirstSeq = v })),
            ["seal.last_seq"] = Seal(s => Numbers(s.LastSeq).Select(v => s with { LastSeq = v })),
            ["seal.entry_count"] = Seal(s => Integers(s.EntryCount).Select(v => s with { EntryCount = v })),
            ["seal.role"] = Seal(s => new[] { SealRoles.Host, SealRoles.Cell, SealRoles.Actor, "" }.Where(v => v != s.Role).Select(v => s with { Role = v })),
            ["seal.signer"] = Seal(s => Texts(s.Signer.Value).Select(v => s with { Signer = new KeyId(v) })),
            ["seal.host_id"] = Seal(s => Ids(s.Host.Value).Select(v => s with { Host = new HostId(v) })),
            ["seal.commit_number"] = Seal(s => Numbers(s.CommitNumber).Select(v => s with { CommitNumber = v })),
            ["seal.root"] = Seal(s => Bytes(s.Root).Select(v => s with { Root = v })),
            ["seal.signature"] = Seal(s => Bytes(s.Signature).Select(v => s with { Signature = v })),

            ["stream_head.tenant_id"] = Head(h => [h with { Tenant = OtherTenant }]),
            ["stream_head.stream_id"] = Head(h => Ids(h.Stream.Value).Select(v => h with { Stream = new StreamId(v) })),
            ["stream_head.seq"] = Head(h => Numbers(h.Seq).Select(v => h with { Seq = v })),
            ["stream_head.epoch"] = Head(h => Numbers(h.Epoch).Select(v => h with { Epoch = v })),
            ["stream_head.chain"] = Head(h => Bytes(h.Chain).Select(v => h with { Chain = v })),

            ["commit.host_id"] = Commit(c => Ids(c.Host.Value).Select(v => c with { Host = new HostId(v) })),
            ["commit.number"] = Commit(c => Numbers(c.Number).Select(v => c with { Number = v })),
            ["commit.time"] = Commit(c => Numbers(c.TimeUs).Select(v => c with { TimeUs = v })),
            ["commit.stream_count"] = Commit(c => Integers(c.StreamCount).Select(v => c with { StreamCount = v })),
            ["commit.entry_count"] = Commit(c => Integers(c.EntryCount).Select(v => c with { EntryCount = v })),
            ["commit.root"] = Commit(c => Bytes(c.Root).Select(v => c with { Root = v })),
            ["commit.previous"] = Commit(c => Bytes(c.Previous).Select(v => c with { Previous = v })),
            ["commit.signer"] = Commit(c => Texts(c.Signer.Value).Select(v => c with { Signer = new KeyId(v) })),
            ["commit.signature"] = Commit(c => Bytes(c.Signature).Select(v => c with { Signature = v })),

            ["leaf.leaf_index"] = Leaf(l => Numbers(l.Index).Select(v => l with { Index = v })),
            ["leaf.host_id"] = Leaf(l => Ids(l.Host.Value).Select(v => l with { Host = new HostId(v) })),
            ["leaf.commit_number"] = Leaf(l => Numbers(l.CommitNumber).Select(v => l with { CommitNumber = v })),
            ["leaf.leaf"] = Leaf(l => Bytes(l.Leaf).Select(v => l with { Leaf = v })),

            ["checkpoint.tree_size"] = Checkpoint(c => Numbers(c.TreeSize).Select(v => c with { TreeSize = v })),
            ["checkpoint.root"] = Checkpoint(c => Bytes(c.Root).Select(v => c with { Root = v })),
            ["checkpoint.note"] = Checkpoint(c => Texts(c.Note).Select(v => c with { Note = v })),
        };

    private static Func<InMemoryLog, IEnumerable<Tampered>> Entry(Func<Entry, IEnumerable<Entry>> change) => log => Each(log, l => l.Entries, change);

    private static Func<InMemoryLog, IEnumerable<Tampered>> Seal(Func<SealRow, IEnumerable<SealRow>> change) => log => Each(log, l => l.Seals, change);

    private static Func<InMemoryLog, IEnumerable<Tampered>> Head(Func<HeadRow, IEnumerable<HeadRow>> change) => log => Each(log, l => l.Heads, change);

    private static Func<InMemoryLog, IEnumerable<Tampered>> Commit(Func<CommitRow, IEnumerable<CommitRow>> change) => log => Each(log, l => l.Commits, change);

    private static Func<InMemoryLog, IEnumerable<Tampered>> Leaf(Func<LeafRow, IEnumerable<LeafRow>> change) => log => Each(log, l => l.Leaves, change);

    private static Func<InMemoryLog, IEnumerable<Tampered>> Checkpoint(Func<CheckpointRow, IEnumerable<CheckpointRow>> change) => log => Each(log, l => l.Checkpoints, change);

    private static IEnumerable<Tampered> Each<T>(InMemoryLog log, Func<InMemoryLog, List<T>> rows, Func<T, IEnumerable<T>> change)
    {
        for (var i = 0; i < rows(log).Count; i++)
        {
            var way = 0;
            foreach (var changed in change(rows(log)[i]))
            {
                var copy = log.Copy();
                rows(copy)[i] = changed;
                yield return new Tampered($"row {i}, way {way++}: {changed}", copy);
            }
        }
    }

    private static IEnumerable<long> Numbers(long value) => [value + 1, value ^ (1L << 60)];

    private static IEnumerable<int> Integers(int value) => [value + 1, -value];

    private static IEnumerable<Guid> Ids(Guid value)
    {
        foreach (var at in new[] { 0, 15 })
        {
            var bytes = value.ToByteArray(bigEndian: true);
            bytes[at] ^= 1;
            yield return new Guid(bytes, bigEndian: true);
        }
    }

    private static IEnumerable<byte[]> Bytes(byte[] value)
    {
        foreach (var at in new[] { 0, value.Length - 1 }.Distinct())
        {
            var flipped = value.ToArray();
            flipped[at] ^= 0x10;
            yield return flipped;
        }

        yield return value[..^1];
    }

    private static IEnumerable<string> Texts(string value) =>
        new[] { 0, value.Length / 2, value.Length - 1 }.Distinct().Select(at => Flip(value, at)).Append(value + "x");

    private static string Flip(string value, int at)
    {
        var characters = value.ToCharArray();
        characters[at] ^= (char)1;
        return new string(characters);
    }

    /// <param name="Log">The whole log with one row changed.</param>
    public sealed record Tampered(string What, InMemoryLog Log);
}
