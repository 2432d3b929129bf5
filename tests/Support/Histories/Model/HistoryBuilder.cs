namespace Voxeltron.Tests.Support.Histories;

/// <summary>Writes a history by hand. Not thread-safe; concurrent clients use <see cref="HistoryRecorder"/>.</summary>
public sealed class HistoryBuilder
{
    private readonly List<Operation> _operations = [];

    public HistoryBuilder Ok(int process, long invoked, long completed, params MicroOp[] steps) =>
        Add(process, invoked, completed, Outcome.Ok, steps);

    public HistoryBuilder Fail(int process, long invoked, params MicroOp[] steps) =>
        Add(process, invoked, Operation.Never, Outcome.Fail, steps);

    public HistoryBuilder Info(int process, long invoked, params MicroOp[] steps) =>
        Add(process, invoked, Operation.Never, Outcome.Info, steps);

    public HistoryBuilder Add(int process, long invoked, long completed, Outcome outcome, params MicroOp[] steps)
    {
        _operations.Add(new Operation(_operations.Count, process, invoked, completed, outcome, steps));
        return this;
    }

    public History Build() => new([.. _operations]);
}
