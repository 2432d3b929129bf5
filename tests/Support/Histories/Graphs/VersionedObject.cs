namespace Voxeltron.Tests.Support.Histories;

/// <summary>One committed value of an object and who wrote it; no writer if it is nobody's in this history.</summary>
internal readonly record struct ObjectVersion(long Value, Operation? Writer);

/// <summary>An operation that saw an object at this version, −1 being the empty beginning, before any step of its own.</summary>
internal readonly record struct VersionRead(Operation Reader, int Version);

/// <summary>
/// What is known of one list or register: its versions in order, who read which, and the writes that come after all of
/// these in an order nobody saw.
/// </summary>
internal sealed class VersionedObject(DataKind kind, string key)
{
    public DataKind Kind { get; } = kind;

    public string Key { get; } = key;

    public List<ObjectVersion> Versions { get; } = [];

    public List<VersionRead> Reads { get; } = [];

    /// <summary>Operations that happened and wrote later than the last version, each with the first value it so wrote.</summary>
    public List<ObjectVersion> Unseen { get; } = [];

    /// <summary>
    /// The write–write, write–read and read–write edges of this object. A history whose every object is known to this
    /// degree is serializable exactly if the graph has no cycle: any topological order gives each read its version, since
    /// the order of unseen writes among themselves matters to nobody.
    /// </summary>
    public void AddEdges(DependencyGraph graph, int number)
    {
        Operation? last = null;
        var lastVersion = -1;
        var nextWritten = NextWritten();
        for (var i = 0; i < Versions.Count; i++)
        {
            if (Versions[i].Writer is { } writer)
            {
                if (last is not null)
                {
                    graph.Add(last.Index, writer.Index, EdgeKinds.WriteWrite, number, i);
                }

                (last, lastVersion) = (writer, i);
            }
        }

        for (var i = 0; last is not null && i < Unseen.Count; i++)
        {
            graph.Add(last.Index, Unseen[i].Writer!.Index, EdgeKinds.WriteWrite, number, Versions.Count + i);
        }

        foreach (var read in Reads)
        {
            if (read.Version >= 0 && Versions[read.Version].Writer is { } writer)
            {
                graph.Add(writer.Index, read.Reader.Index, EdgeKinds.WriteRead, number, read.Version);
            }

            if (nextWritten[read.Version + 1] is var next and >= 0)
            {
                graph.Add(read.Reader.Index, Versions[next].Writer!.Index, EdgeKinds.ReadWrite, number, next);
            }
        }

        AddReadsOfTheLast(graph, number, [.. Reads.Where(r => r.Version >= lastVersion).Select(r => r.Reader)]);
    }

    /// <summary>For each version the next behind it that has a writer, else −1; one place later, since reads begin at −1.</summary>
    private int[] NextWritten()
    {
        var next = new int[Versions.Count + 1];
        next[^1] = -1;
        for (var i = Versions.Count - 1; i >= 0; i--)
        {
            next[i] = Versions[i].Writer is null ? next[i + 1] : i;
        }

        return next;
    }

    /// <summary>
    /// Whoever saw the last version is before all unseen writes: readers times writers, so through a bundle. A reader that
    /// also wrote unseen cannot go through it, or it would come before itself; of two such each is before the other, which is
    /// a cycle already, so only the first needs all its edges.
    /// </summary>
    private void AddReadsOfTheLast(DependencyGraph graph, int number, Operation[] readers)
    {
        if (Unseen.Count == 0 || readers.Length == 0)
        {
            return;
        }

        var bundle = graph.AddBundle();
        var places = new Dictionary<int, int>();
        for (var i = 0; i < Unseen.Count; i++)
        {
            graph.AddOnward(bundle, Unseen[i].Writer!.Index);
            places[Unseen[i].Writer!.Index] = Versions.Count + i;
        }

        int? first = null;
        foreach (var reader in readers)
        {
            if (!places.ContainsKey(reader.Index))
            {
                graph.Add(reader.Index, bundle, EdgeKinds.ReadWrite, number);
            }
            else if (first is null)
            {
                first = reader.Index;
                foreach (var (writer, place) in places)
                {
                    graph.Add(reader.Index, writer, EdgeKinds.ReadWrite, number, place);
                }
            }
            else
            {
                graph.Add(reader.Index, first.Value, EdgeKinds.ReadWrite, number, places[first.Value]);
            }
        }
    }
}
