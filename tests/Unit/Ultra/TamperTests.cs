using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

// Goal: nothing in the log can change unnoticed. Method: change every column of every row of a whole log, one at a time,
// drop, repeat and exchange rows, and ask for at least one finding each time.
public sealed class TamperTests
{
    public static TheoryData<string> Columns => [.. Tampering.Columns.Keys];

    [Theory]
    [MemberData(nameof(Columns))]
    public async Task A_change_in_any_row_of_this_column_is_found(string column)
    {
        var sample = SampleLog.Build();
        var tried = 0;
        foreach (var tampered in Tampering.Columns[column](sample.Log))
        {
            var report = await sample.VerifyAsync(tampered.Log);
            Assert.False(report.Clean, $"{column}: nothing found. {tampered.What}");
            tried++;
        }

        Assert.NotEqual(0, tried);
    }

    [Fact]
    public void Every_property_of_every_row_is_among_the_columns()
    {
        // The header is flattened into the entry's own columns: ten and the chain.
        Assert.Equal(Properties(typeof(EntryHeader), except: nameof(EntryHeader.EncodedLength)) + Properties(typeof(Entry)) - 1, Listed("entry."));
        Assert.Equal(Properties(typeof(SealRow)), Listed("seal."));
        Assert.Equal(Properties(typeof(HeadRow)), Listed("stream_head."));
        Assert.Equal(Properties(typeof(CommitRow)), Listed("commit."));
        Assert.Equal(Properties(typeof(LeafRow)), Listed("leaf."));
        Assert.Equal(Properties(typeof(CheckpointRow)), Listed("checkpoint."));
        static int Properties(Type type, string? except = null) => type.GetProperties().Count(p => p.Name != except);
        static int Listed(string table) => Tampering.Columns.Keys.Count(c => c.StartsWith(table, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dropped_row_is_found()
    {
        var sample = SampleLog.Build();
        await EachIsFound(sample, log => log.Entries, static (rows, i) => rows.RemoveAt(i));
        await EachIsFound(sample, log => log.Seals, static (rows, i) => rows.RemoveAt(i));
        await EachIsFound(sample, log => log.Heads, static (rows, i) => rows.RemoveAt(i));
        await EachIsFound(sample, log => log.Commits, static (rows, i) => rows.RemoveAt(i));
        await EachIsFound(sample, log => log.Leaves, static (rows, i) => rows.RemoveAt(i));
    }

    [Fact]
    public async Task A_repeated_row_is_found()
    {
        var sample = SampleLog.Build();
        await EachIsFound(sample, log => log.Entries, static (rows, i) => rows.Insert(i, rows[i]));
        await EachIsFound(sample, log => log.Seals, static (rows, i) => rows.Insert(i, rows[i]));
        await EachIsFound(sample, log => log.Heads, static (rows, i) => rows.Insert(i, rows[i]));
        await EachIsFound(sample, log => log.Commits, static (rows, i) => rows.Insert(i, rows[i]));
        await EachIsFound(sample, log => log.Leaves, static (rows, i) => rows.Insert(i, rows[i]));
    }

    [Fact]
    public async Task Neighbours_that_changed_places_are_found()
    {
        var sample = SampleLog.Build();
        await EachIsFound(sample, log => log.Entries, static (rows, i) =>
        {
            // Places are seq numbers: each row takes the other's.
            var (a, b) = (rows[i], rows[(i + 1) % rows.Count]);
            rows[i] = b with { Header = b.Header with { Tenant = a.Header.Tenant, Stream = a.Header.Stream, Seq = a.Header.Seq } };
            rows[(i + 1) % rows.Count] = a with { Header = a.Header with { Tenant = b.Header.Tenant, Stream = b.Header.Stream, Seq = b.Header.Seq } };
        });
        await EachIsFound(sample, log => log.Leaves, static (rows, i) =>
        {
            var (a, b) = (rows[i], rows[(i + 1) % rows.Count]);
            rows[i] = b with { Index = a.Index };
            rows[(i + 1) % rows.Count] = a with { Index = b.Index };
        });
    }

    [Fact]
    public async Task An_edit_rehashed_to_the_end_of_its_stream_is_found_by_the_seals()
    {
        var sample = SampleLog.Build();
        var log = sample.Log.Copy();
        var edited = log.Entries.Single(e => e.Body.ToString().Contains("trap_unreachable", StringComparison.Ordinal));
        var previous = log.Entries.Single(e => e.Header.Stream == edited.Header.Stream && e.Header.Seq == edited.Header.Seq - 1).Chain;
        foreach (var old in log.Entries.Where(e => e.Header.Stream == edited.Header.Stream && e.Header.Seq >= edited.Header.Seq).ToList())
        {
            var body = old.Body.ToString().Replace("trap_unreachable", "out_of_fuel", StringComparison.Ordinal);
            previous = Chain.Next(previous, old.Header, body);
            log.Entries[log.Entries.IndexOf(old)] = old with { Body = body, Chain = previous };
        }

        var head = log.Heads.Single(h => h.Stream == edited.Header.Stream);
        log.Heads[log.Heads.IndexOf(head)] = head with { Chain = previous };
        var report = await sample.VerifyAsync(log);
        Assert.DoesNotContain(report.Findings, f => f.Code == FindingCodes.ChainBroken);
        Assert.Contains(report.Findings, f => f.Code == FindingCodes.SealRoot);
    }

    [Fact]
    public async Task Another_fabrics_root_key_trusts_nothing()
    {
        var report = await new LogVerifier(TestKeys.Signer(99).PublicKey).VerifyAsync(SampleLog.Build().Log, CancellationToken.None);
        Assert.Contains(report.Findings, f => f.Code == FindingCodes.GenesisInvalid);
        Assert.Contains(report.Findings, f => f.Code == FindingCodes.KeyUnknown);
    }

    // The documented exception: the log cannot know by itself that its newest part is gone.
    [Fact]
    public async Task A_tail_cut_with_its_commits_leaves_and_checkpoints_is_found_only_by_an_outside_checkpoint()
    {
        var sample = SampleLog.Build();
        var outside = sample.Log.Checkpoints[^1].Note;
        var log = sample.Log.Copy();
        var cut = log.Commits[^1];
        var gone = log.Seals.Where(s => s.Host == cut.Host && s.CommitNumber == cut.Number).ToList();
        var (stream, first) = (gone[0].Stream, gone.Min(s => s.FirstSeq));
        log.Seals.RemoveAll(gone.Contains);
        log.Entries.RemoveAll(e => e.Header.Stream == stream && e.Header.Seq >= first);
        log.Commits.Remove(cut);
        log.Leaves.RemoveAt(log.Leaves.Count - 1);
        log.Checkpoints.RemoveAt(log.Checkpoints.Count - 1);
        var last = log.Entries.Where(e => e.Header.Stream == stream).MaxBy(e => e.Header.Seq)!;
        log.Heads.RemoveAll(h => h.Stream == stream);
        log.Heads.Add(new HeadRow(last.Header.Tenant, stream, last.Header.Seq, last.Header.Epoch, last.Chain));

        Assert.Empty((await sample.VerifyAsync(log)).Findings);
        var finding = Assert.Single((await sample.VerifyAsync(log, outside)).Findings);
        Assert.Equal(FindingCodes.ShorterThanExternalCheckpoint, finding.Code);
    }

    private static async Task EachIsFound<T>(LogBuilder sample, Func<InMemoryLog, List<T>> rows, Action<List<T>, int> tamper)
    {
        for (var i = 0; i < rows(sample.Log).Count; i++)
        {
            var log = sample.Log.Copy();
            tamper(rows(log), i);
            Assert.False((await sample.VerifyAsync(log)).Clean, $"{typeof(T).Name} {i}: nothing found. {rows(sample.Log)[i]}");
        }
    }
}
