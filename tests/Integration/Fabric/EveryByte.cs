using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// One row of each table of a real log, with each byte of each of its columns changed in turn: byte columns bit by bit through the
/// row's length, text character by character. The log is read once and changed in memory, since a verification of the database
/// takes as long as twenty of these; that every column is read from the database is what the changes made there show.
/// </summary>
internal static class EveryByte
{
    public static async Task<InMemoryLog> ReadAsync(ILogReader reader)
    {
        var log = new InMemoryLog();
        await foreach (var stream in reader.Streams(CancellationToken.None))
        {
            await foreach (var entry in reader.Entries(stream.Tenant, stream.Stream, CancellationToken.None))
            {
                log.Entries.Add(entry);
            }

            await foreach (var seal in reader.Seals(stream.Tenant, stream.Stream, CancellationToken.None))
            {
                log.Seals.Add(seal);
            }
        }

        await AddAsync(log.Heads, reader.Heads(CancellationToken.None));
        await AddAsync(log.Commits, reader.Commits(CancellationToken.None));
        await AddAsync(log.Leaves, reader.Leaves(CancellationToken.None));
        await AddAsync(log.Checkpoints, reader.Checkpoints(CancellationToken.None));
        return log;
    }

    /// <summary>The smallest row of each table, for speed; of entries also the smallest that has a payload.</summary>
    public static IEnumerable<(string What, InMemoryLog Log)> Changes(InMemoryLog log) =>
    [
        .. Of(log, static l => l.Entries, log.Entries.MinBy(static e => e.Body.Length)!, Ways),
        .. Of(log, static l => l.Entries, log.Entries.Where(static e => e.Payload?.Length > 0).MinBy(static e => e.Body.Length + e.Payload!.Length)!, Ways),
        .. Of(log, static l => l.Seals, log.Seals.MinBy(static s => s.Signature.Length)!, Ways),
        .. Of(log, static l => l.Seals, log.Seals.MaxBy(static s => s.Signature.Length)!, Ways),
        .. Of(log, static l => l.Heads, log.Heads[0], static h => Bytes("chain", h.Chain, v => h with { Chain = v })),
        .. Of(log, static l => l.Commits, log.Commits[log.Commits.Count / 2], Ways),
        .. Of(log, static l => l.Leaves, log.Leaves[log.Leaves.Count / 2], static l => Bytes("leaf", l.Leaf, v => l with { Leaf = v })),
        .. Of(log, static l => l.Checkpoints, log.Checkpoints[^1], static c =>
            Bytes("root", c.Root, v => c with { Root = v }).Concat(Texts("note", c.Note, v => c with { Note = v }))),
    ];

    private static IEnumerable<(string, Entry)> Ways(Entry e) =>
    [
        .. Texts("kind", e.Header.Kind, v => e with { Header = e.Header with { Kind = v } }),
        .. Texts("actor", e.Header.Actor, v => e with { Header = e.Header with { Actor = v } }),
        .. Texts("body", e.Body.ToString(), v => e with { Body = v }),
        .. Bytes("payload", e.Payload ?? [], v => e with { Payload = v }),
        .. Bytes("payload_salt", e.PayloadSalt ?? [], v => e with { PayloadSalt = v }),
        .. Bytes("chain", e.Chain, v => e with { Chain = v }),
    ];

    private static IEnumerable<(string, SealRow)> Ways(SealRow s) =>
    [
        .. Texts("role", s.Role, v => s with { Role = v }),
        .. Texts("signer", s.Signer.Value, v => s with { Signer = new(v) }),
        .. Bytes("root", s.Root, v => s with { Root = v }),
        .. Bytes("signature", s.Signature, v => s with { Signature = v }),
    ];

    private static IEnumerable<(string, CommitRow)> Ways(CommitRow c) =>
    [
        .. Texts("signer", c.Signer.Value, v => c with { Signer = new(v) }),
        .. Bytes("root", c.Root, v => c with { Root = v }),
        .. Bytes("previous", c.Previous, v => c with { Previous = v }),
        .. Bytes("signature", c.Signature, v => c with { Signature = v }),
    ];

    private static IEnumerable<(string What, InMemoryLog Log)> Of<T>(InMemoryLog log, Func<InMemoryLog, List<T>> rows, T row, Func<T, IEnumerable<(string What, T Row)>> ways)
    {
        var at = rows(log).IndexOf(row);
        foreach (var (what, changed) in ways(row))
        {
            var copy = log.Copy();
            rows(copy)[at] = changed;
            yield return ($"{typeof(T).Name} {at}, {what}", copy);
        }
    }

    private static IEnumerable<(string, T)> Bytes<T>(string column, byte[] value, Func<byte[], T> row) => Enumerable.Range(0, value.Length).Select(at =>
    {
        var flipped = value.ToArray();
        flipped[at] ^= (byte)(1 << (at % 8));
        return ($"{column} byte {at}", row(flipped));
    });

    private static IEnumerable<(string, T)> Texts<T>(string column, string value, Func<string, T> row) => Enumerable.Range(0, value.Length).Select(at =>
    {
        var flipped = value.ToCharArray();
        flipped[at] ^= (char)1;
        return ($"{column} character {at}", row(new string(flipped)));
    });

    private static async Task AddAsync<T>(List<T> rows, IAsyncEnumerable<T> from)
    {
        await foreach (var row in from)
        {
            rows.Add(row);
        }
    }
}
