namespace Voxeltron.Cosmictron;

/// <summary>How much of this step an operator left out. The undo leaves out the same, which makes it exact.</summary>
internal enum StepCut
{
    None,

    /// <summary>The traces were stepped, nothing was given on.</summary>
    Output,

    /// <summary>The operator did nothing at all.</summary>
    Whole,
}

/// <summary>
/// One operator of a circuit. Between steps its traces are a function of the sum of all its inputs, and the sum of its
/// outputs is one too: so a step is undone by the same step with all weights negated.
/// </summary>
internal abstract class Operator(Plan plan, StepContext context, params Operator[] inputs)
{
    /// <summary>Smaller outputs are consolidated at once, so that what cancels costs nothing downstream.</summary>
    private const int FewRows = 256;

    private ViewFault? _cutFault;
    private ViewFault? _rowFault;

    /// <summary>Changes of this step; kept until the next.</summary>
    public Batch Output { get; } = new();

    public Plan Plan { get; } = plan;

    public IReadOnlyList<Operator> Inputs { get; } = inputs;

    public virtual IReadOnlyList<Trace> Traces => [];

    public StepCut Cut { get; private set; }

    /// <summary>Rows there are now, while loading, that have no value: each by its weight.</summary>
    public long FaultedRows { get; private set; }

    /// <summary>Why the step is cut, or else the first row that had no value.</summary>
    public ViewFault? Fault => _cutFault ?? _rowFault;

    protected StepContext Context { get; } = context;

    protected virtual bool IsTouched
    {
        get
        {
            foreach (var input in inputs)
            {
                if (input.Output.Count > 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Rows may be given on in this step.</summary>
    protected bool Gives => Cut == StepCut.None;

    // Hot path: per operator and transaction; no allocation in steady state.
    public void Step()
    {
        if (Cut == StepCut.Whole || !IsTouched)
        {
            return;
        }

        Advance();
        LimitOutput();
        if (!Gives)
        {
            Output.Clear();
        }
        else if (Output.Count <= FewRows)
        {
            Output.Consolidate();
        }
    }

    public void Forget()
    {
        Cut = StepCut.None;
        _cutFault = null;
        if (FaultedRows == 0)
        {
            _rowFault = null;
        }
    }

    protected abstract void Advance();

    /// <summary>Stops giving rows when they are too many. An undo may give more than its step, so it is never stopped.</summary>
    protected void LimitOutput()
    {
        if (Gives && !Context.IsUndo && Output.Bytes > Context.BatchBytes)
        {
            Leave(StepCut.Output, new ViewFault(CircuitLimits.StepTooLarge, $"an operator gives more than {Context.BatchBytes} bytes of changed rows in one step"));
        }
    }

    protected void Leave(StepCut cut, ViewFault fault)
    {
        if (Context.IsUndo)
        {
            throw new Kernel.InvariantException($"A step of the views could not be undone: {fault.Message}");
        }

        Cut = cut;
        _cutFault = fault;
        Output.Clear();
    }

    /// <summary>While loading: counts a row without a value.</summary>
    protected void Count(ViewFault fault, long weight)
    {
        FaultedRows += weight;
        if (weight > 0)
        {
            _rowFault ??= fault;
        }
    }

    /// <summary>
    /// What to do about a row without a value: in a consolidated batch it is there to stay, so the step cannot be; else it may
    /// be one that only passes through, and the step begins again with the rows there are then.
    /// </summary>
    /// <param name="given">What the rows before it gave.</param>
    /// <param name="row">Goes to before the first when the step begins again.</param>
    /// <returns>False: the step is over.</returns>
    protected bool GoesOn(ViewFault fault, Batch input, Batch given, ref int row)
    {
        if (Context.IsLoading)
        {
            Count(fault, input.Weight(row));
            return true;
        }

        if (!input.IsConsolidated)
        {
            input.Consolidate();
            given.Clear();
            row = -1;
            return true;
        }

        Leave(StepCut.Whole, fault);
        return false;
    }
}
