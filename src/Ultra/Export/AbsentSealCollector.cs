using System.Runtime.CompilerServices;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Finds, for every commit that touches an exported stream, the leaves of the streams that are not exported.</summary>
internal sealed class AbsentSealCollector(ExportScope scope)
{
    /// <summary>Leaves held while they are sorted, about 100 bytes each.</summary>
    private const int Most = 2_000_000;

    // How many streams of the commit were met, in stream order: the next one's position.
    private readonly Dictionary<(HostId Host, long Number), int> _positions = [];

    /// <summary>Passes a stream's seals on and remembers the commits they are in.</summary>
    public async IAsyncEnumerable<SealRow> Watched(IAsyncEnumerable<SealRow> seals)
    {
        await foreach (var seal in seals)
        {
            if (scope.IsPartial && seal.Role == SealRoles.Host)
            {
                _positions[(seal.Host, seal.CommitNumber)] = 0;
            }

            yield return seal;
        }
    }

    /// <summary>Call when all exported streams were watched. Reads the seals of every stream once.</summary>
    /// <param name="streams">Every stream of the log, in order.</param>
    public async IAsyncEnumerable<AbsentSeal> ReadAsync(ILogReader reader, IReadOnlyList<StreamRef> streams, [EnumeratorCancellation] CancellationToken ct)
    {
        var found = new List<AbsentSeal>();
        foreach (var stream in streams)
        {
            var included = scope.Includes(stream);
            await foreach (var seal in reader.Seals(stream.Tenant, stream.Stream, ct))
            {
                if (seal.Role != SealRoles.Host || !_positions.TryGetValue((seal.Host, seal.CommitNumber), out var position))
                {
                    continue;
                }

                _positions[(seal.Host, seal.CommitNumber)] = position + 1;
                if (!included)
                {
                    found.Add(new AbsentSeal(seal.Host, seal.CommitNumber, position, LeafOf(seal)));
                    RequireRoom(found.Count);
                }
            }
        }

        found.Sort(AbsentSealOrder.Compare);
        foreach (var seal in found)
        {
            yield return seal;
        }
    }

    private static void RequireRoom(int count)
    {
        if (count > Most)
        {
            throw new ExportException(ExportException.TooLarge, $"The commits of this part touch more than {Most:N0} streams outside it: export the whole fabric.");
        }
    }

    // Numbers no statement can hold are a finding where the stream is; here their leaf is none.
    private static byte[] LeafOf(SealRow seal) =>
        JcsNumber.IsSafe(seal.CommitNumber) && JcsNumber.IsSafe(seal.FirstSeq) && JcsNumber.IsSafe(seal.LastSeq) ? Statements.Leaf(seal) : [];
}
