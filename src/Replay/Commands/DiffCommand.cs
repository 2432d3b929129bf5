using Voxeltron.Kernel;
using Voxeltron.Ninmu;

namespace Voxeltron.Replay;

/// <summary><c>diff A B</c>: one mission at two of its entries, or two runs aligned by task. Exit code 0 equal, 1 different.</summary>
internal sealed class DiffCommand(TextWriter output)
{
    public async Task<int> RunAsync(Arguments options, CancellationToken cancel)
    {
        options.RequireOnly(2, "two of MISSION or MISSION@SEQ", "--tenant", "--tenant-b", "--export", "--export-b");
        var left = Side.Parse(options.Operands[0], options.Tenant());
        var right = Side.Parse(options.Operands[1], options.Tenant("--tenant-b"));
        await using var source = await LogSource.OpenAsync(options.Export, cancel);
        if (options.Text("--export-b") is not { } file)
        {
            return left.Mission == right.Mission && left.Tenant == right.Tenant
                ? await CompareStatesAsync(source, left, right, options.Json, cancel)
                : await CompareRunsAsync(source, left, source, right, options.Json, cancel);
        }

        // The same mission in two files is two runs as well: which of them is the log, the tool cannot know.
        await using var other = await LogSource.OpenAsync(file, cancel);
        return await CompareRunsAsync(source, left, other, right, options.Json, cancel);
    }

    private async Task<int> CompareStatesAsync(LogSource source, Side left, Side right, bool json, CancellationToken cancel)
    {
        var before = await StateAt.FoldAsync(source.Mission(left.Tenant, left.Mission, cancel), left.Tenant, left.Mission, left.Seq, cancel);
        var after = await StateAt.FoldAsync(source.Mission(right.Tenant, right.Mission, cancel), right.Tenant, right.Mission, right.Seq, cancel);
        var difference = StateDifference.Of(before, after);
        await new StateDifferenceText(output).WriteAsync(before, after, difference, json);
        return difference.Equal ? 0 : 1;
    }

    private async Task<int> CompareRunsAsync(LogSource leftSource, Side left, LogSource rightSource, Side right, bool json, CancellationToken cancel)
    {
        var a = await MissionRuns.ReadAsync(leftSource.Mission(left.Tenant, left.Mission, cancel), left.Tenant, left.Mission, left.Seq, cancel);
        var b = await MissionRuns.ReadAsync(rightSource.Mission(right.Tenant, right.Mission, cancel), right.Tenant, right.Mission, right.Seq, cancel);
        var difference = RunDifference.Of(a, b);
        IReadOnlyList<ValueDifference> inside = [];
        if (difference.Tasks is [{ LeftAction: { } one, RightAction: { } two }, ..])
        {
            var (onePayload, twoPayload) = (await PayloadAsync(leftSource, left, one.Seq, cancel), await PayloadAsync(rightSource, right, two.Seq, cancel));
            inside = onePayload is not null && twoPayload is not null && !onePayload.AsSpan().SequenceEqual(twoPayload)
                ? new JsonDifference(await TablesAsync(leftSource, left, cancel)).Of(onePayload, twoPayload)
                : [];
        }

        await new RunDifferenceText(output).WriteAsync(left.ToString(), a, right.ToString(), b, difference, inside, json);
        return difference.Tasks.Count == 0 ? 0 : 1;
    }

    private static async Task<byte[]?> PayloadAsync(LogSource source, Side side, long seq, CancellationToken cancel)
    {
        await foreach (var entry in source.Mission(side.Tenant, side.Mission, cancel))
        {
            if (entry.Header.Seq == seq)
            {
                return entry.Payload;
            }
        }

        return null;
    }

    /// <summary>The declared tables, for the keys of rows; none when the spec is gone.</summary>
    private static async Task<IReadOnlyList<Cosmictron.TableSchema>> TablesAsync(LogSource source, Side side, CancellationToken cancel)
    {
        await foreach (var entry in source.Mission(side.Tenant, side.Mission, cancel))
        {
            if (entry.Header.Kind == EntryKinds.MissionSubmitted)
            {
                return MissionSpec.Parse(entry.Payload ?? []).Spec is { } spec ? Execution.SpecTables.Of(spec) : [];
            }
        }

        return [];
    }

    /// <summary>One side: a mission, whole or up to a seq.</summary>
    private sealed record Side(TenantId Tenant, MissionId Mission, long? Seq)
    {
        public static Side Parse(string text, TenantId tenant)
        {
            var at = text.IndexOf('@', StringComparison.Ordinal);
            return at < 0
                ? new Side(tenant, Arguments.ParseMission(text), null)
                : new Side(tenant, Arguments.ParseMission(text[..at]), Arguments.ParseSeq(text[(at + 1)..]));
        }

        public override string ToString() => Seq is null ? Mission.ToString() : $"{Mission}@{Seq}";
    }
}
