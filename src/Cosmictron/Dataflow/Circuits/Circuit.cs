namespace Voxeltron.Cosmictron;

/// <summary>
/// The views of a mission, kept up to date: a circuit of operators over multisets (DBSP), stepped once per transaction
/// inside its commit. See README.md beside this file. Guarded by the mission's writer section, as the store.
/// </summary>
internal sealed class Circuit
{
    /// <summary>Rows that are loaded in one step, at first.</summary>
    private const int LoadRows = 256;

    private readonly StepContext _context;
    private readonly IReadOnlyList<Table> _tables;

    // Inputs before those that read them.
    private readonly List<Operator> _operators = [];

    // By table number.
    private readonly List<ScanOperator>[] _scans;
    private readonly List<ViewOutput> _outputs = [];
    private readonly List<(string Name, ViewOutput Output)> _views = [];

    // Views' traces are loaded: steps may be taken.
    private bool _isLoaded;

    /// <param name="tables">All tables of the store, by number.</param>
    /// <param name="views">Names, each once, and what they compute. Equal plans share their operators.</param>
    public Circuit(IReadOnlyList<Table> tables, IReadOnlyList<(string Name, Plan Plan)> views, CircuitLimits limits)
    {
        _context = new StepContext(limits);
        MostBytes = limits.Bytes;
        _tables = tables;
        _scans = [.. tables.Select(static _ => new List<ScanOperator>())];
        var byKey = new Dictionary<string, Operator>(StringComparer.Ordinal);
        var bySource = new Dictionary<Operator, ViewOutput>();
        foreach (var (name, plan) in views)
        {
            var source = OperatorOf(plan, byKey);
            if (!bySource.TryGetValue(source, out var output))
            {
                output = new ViewOutput(source, _context.Space);
                bySource.Add(source, output);
                _outputs.Add(output);
            }

            _views.Add((name, output));
        }
    }

    /// <summary>Bytes of all traces. It follows from the tables' rows alone, so its limit is reached at the same step live, after recovery and in replay.</summary>
    public long Bytes => _context.Space.Bytes;

    /// <summary>What <see cref="Bytes"/> may come to; beyond it steps are refused.</summary>
    public long MostBytes { get; set; }

    /// <summary>What one operator may give in one step.</summary>
    public int BatchBytes
    {
        get => _context.BatchBytes;
        set => _context.BatchBytes = value;
    }

    /// <summary>Bytes of the slabs they lie in.</summary>
    public long ReservedBytes => _context.Space.Heap.ReservedBytes;

    /// <summary>In the order given.</summary>
    public IReadOnlyList<(string Name, ViewOutput Output)> Views => _views;

    /// <summary>Inputs before those that read them.</summary>
    public IReadOnlyList<Operator> Operators => _operators;

    public ViewOutput this[string name] => _views.Find(view => view.Name == name).Output ?? throw new ArgumentException($"No view is named '{name}'.", nameof(name));

    /// <summary>Every trace, in the order of the operators, views last: for checks.</summary>
    public IEnumerable<Trace> Traces => [.. _operators.SelectMany(static op => op.Traces), .. _outputs.Select(static output => output.Rows)];

    /// <summary>Says to each table how many operators take its changes: what a write makes the views do.</summary>
    public void CountOperators()
    {
        foreach (var table in _tables)
        {
            table.ViewOperators = _operators.Count(op => _scans[table.Number].Exists(scan => Reads(op, scan)));
        }
    }

    /// <summary>Takes the rows the tables have now. Once, before any step.</summary>
    /// <returns>Why the views have no value for them; the circuit is then of no use.</returns>
    public CircuitFault? Load()
    {
        if (_isLoaded)
        {
            throw new Kernel.InvariantException("A circuit was loaded twice.");
        }

        _isLoaded = true;
        _context.IsLoading = true;
        Run([], 1);
        // The small ones first: a row to which many belong then stands before them, as it mostly does in life.
        foreach (var table in _tables.OrderBy(static table => table.Count))
        {
            if (_scans[table.Number].Count > 0 && Load(table) is { } cut)
            {
                return cut;
            }
        }

        var fault = FaultOf(static op => op.FaultedRows != 0) ?? Oversize();
        _context.IsLoading = false;
        Quieten();
        return fault;
    }

    /// <summary>Follows a committed transaction. All views are stepped or none.</summary>
    /// <param name="changes">Of the store, with both images readable.</param>
    /// <returns>Why not: then every trace is as it was, and no view has a delta.</returns>
    public CircuitFault? Step(ReadOnlySpan<RowChange> changes)
    {
        RequireLoaded();
        Run(changes, 1);
        if ((FaultOf(static op => op.Cut != StepCut.None) ?? Oversize()) is not { } fault)
        {
            return null;
        }

        Undo(changes);
        return fault;
    }

    /// <summary>Takes the last step back: for a transaction that cannot be committed after all.</summary>
    /// <param name="changes">The same, still readable.</param>
    public void Undo(ReadOnlySpan<RowChange> changes)
    {
        RequireLoaded();
        _context.IsUndo = true;
        Run(changes, -1);
        _context.IsUndo = false;
        Quieten();
    }

    private void RequireLoaded()
    {
        if (!_isLoaded)
        {
            throw new Kernel.InvariantException("A circuit was stepped before it was loaded.");
        }
    }

    // Hot path: per transaction; no allocation in steady state.
    private void Run(ReadOnlySpan<RowChange> changes, long weight)
    {
        _context.Space.Compact();
        foreach (var op in _operators)
        {
            op.Output.Clear();
        }

        foreach (ref readonly var change in changes)
        {
            foreach (var scan in _scans[change.Table.Number])
            {
                scan.Feed(change, weight);
            }
        }

        foreach (var op in _operators)
        {
            op.Step();
        }

        foreach (var output in _outputs)
        {
            output.Step();
        }
    }

    /// <summary>Ends a step without deltas.</summary>
    private void Quieten()
    {
        foreach (var op in _operators)
        {
            op.Output.Clear();
            op.Forget();
        }
    }

    private CircuitFault? Load(Table table)
    {
        var rows = new RowChange[LoadRows];
        var order = table.Order;
        var position = default(OrderedRows.Position);
        while (true)
        {
            var count = 0;
            for (; count < LoadRows && order.TryIdAt(position, out var id); position = order.Next(position))
            {
                rows[count++] = new RowChange(table, 0, RecordHeap.NoRecord, id, table.LocationOf(id));
            }

            if (count == 0)
            {
                return null;
            }

            // Rows that come later may take back what these brought, so the limit counts at the end; here it only bounds memory.
            if ((LoadPart(rows.AsSpan(0, count)) ?? (Bytes / 2 > MostBytes ? Oversize() : null)) is { } fault)
            {
                return fault;
            }
        }
    }

    /// <summary>Loads rows, fewer at a time where a step would be too large.</summary>
    private CircuitFault? LoadPart(ReadOnlySpan<RowChange> rows)
    {
        Run(rows, 1);
        if (FaultOf(static op => op.Cut != StepCut.None) is not { } cut)
        {
            return null;
        }

        if (rows.Length == 1)
        {
            return cut;
        }

        Undo(rows);
        return LoadPart(rows[..(rows.Length / 2)]) ?? LoadPart(rows[(rows.Length / 2)..]);
    }

    private CircuitFault? Oversize() => Bytes <= MostBytes
        ? null
        : new CircuitFault(CircuitLimits.TooLarge, $"the views would take {Bytes} bytes; {Math.Max(0, MostBytes)} are left beside the mission's tables", "", [.. _views.Select(static view => view.Name)]);

    /// <summary>The fault of the first such operator.</summary>
    private CircuitFault? FaultOf(Predicate<Operator> isFaulted)
    {
        foreach (var op in _operators)
        {
            if (isFaulted(op))
            {
                return FaultOf(op);
            }
        }

        return null;
    }

    // By itself: what it captures is allocated when it is called.
    private CircuitFault FaultOf(Operator op) => new(
        op.Fault!.FaultCode, op.Fault.Message, op.Plan.Describe(), [.. _views.Where(view => Reads(view.Output.Source, op)).Select(static view => view.Name)]);

    private static bool Reads(Operator source, Operator op) => source == op || source.Inputs.Any(input => Reads(input, op));

    private Operator OperatorOf(Plan plan, Dictionary<string, Operator> byKey)
    {
        if (byKey.TryGetValue(plan.Key, out var shared))
        {
            return shared;
        }

        var inputs = plan.Inputs.Select(input => OperatorOf(input, byKey)).ToArray();
        Operator op = plan switch
        {
            ScanPlan scan => Scan(scan),
            FilterPlan filter => new FilterOperator(filter, inputs[0], _context),
            ProjectPlan project => new ProjectOperator(project, inputs[0], _context),
            JoinPlan join => new JoinOperator(join, inputs[0], inputs[1], _context),
            AggregatePlan aggregate => new AggregateOperator(aggregate, inputs[0], _context),
            DistinctPlan => new DistinctOperator((DistinctPlan)plan, inputs[0], _context),
            UnionPlan union => new UnionOperator(union, inputs, _context),
            TopPlan top => new TopOperator(top, inputs[0], _context),
            _ => throw new Kernel.InvariantException($"No operator computes '{plan.Describe()}'."),
        };
        byKey.Add(plan.Key, op);
        _operators.Add(op);
        return op;
    }

    private ScanOperator Scan(ScanPlan plan)
    {
        var table = _tables.First(table => table.Schema.Name == plan.Table.Name);
        var scan = new ScanOperator(plan, _context);
        _scans[table.Number].Add(scan);
        return scan;
    }
}
