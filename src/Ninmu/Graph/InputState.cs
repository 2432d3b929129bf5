namespace Voxeltron.Ninmu;

/// <summary>A declared input with its items so far.</summary>
internal sealed class InputState(SpecInput spec)
{
    public readonly SpecInput Spec = spec;
    public readonly HashSet<string> Keys = new(StringComparer.Ordinal);

    /// <summary>Key of each item, by ordinal.</summary>
    public readonly List<string> Order = [];

    /// <summary>Entry of each item, by ordinal.</summary>
    public readonly List<long> Seqs = [];
    public readonly List<TaskPlan> MappedBy = [];
    public readonly List<TaskPlan> ReadBy = [];

    public bool Closed;

    public void Forget()
    {
        Keys.Clear();
        Order.Clear();
        Seqs.Clear();
        Closed = false;
    }
}
