using System.Text;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>One engine for all tests of a class, and the few lines every delivery needs.</summary>
public sealed class CellFixture : IDisposable
{
    public static readonly CellProfile Profile = new("test", 4 * 1024 * 1024, 200_000_000, 1024);

    public const long NowUs = 1_780_000_000_000_000;

    public static readonly byte[] Seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly Dictionary<string, CellModule> _modules = [];
    private int _cells;

    public CellEngine Engine { get; } = new(new CellEngineOptions { MaxCells = 64 });

    private static readonly IReadOnlyList<TableSchema> s_tables =
        [
            new TableSchema("item", [new("id", ColumnType.Text), new("amount", ColumnType.Int64), new("ratio", ColumnType.Float64)], ["id"]),
            new TableSchema("typed", [new("id", ColumnType.Text), new("price", ColumnType.Decimal, false, 7, 2), new("at", ColumnType.Timestamp), new("doc", ColumnType.Json)], ["id"])
            {
                Indexes = [new("one_price", ["price"], Unique: true), new("by_at", ["at"])],
            },
            new TableSchema("own", [new("id", ColumnType.Text)], ["id"], TableScope.Cell),
            new TableSchema("brim", [new("id", ColumnType.Int64), new("body", ColumnType.Text)], ["id"]),
        ];

    /// <summary>The tables and the view that the missions of the integration tests declare too; with limits of its own the tables alone, since a view shares them.</summary>
    public static MissionStore NewStore(StoreLimits? limits = null)
    {
        var store = new MissionStore(s_tables, limits ?? StoreLimits.Default);
        if (limits is not null)
        {
            return store;
        }

        store.Views.Declare([BoundView.Bind("amounts", "select amount, count(*) as items from item group by amount", isPublished: false, s_tables)]);
        store.Views.Load();
        return store;
    }

    public static string RepositoryRoot { get; } = FindRoot();

    public static byte[] Guest(string name) => File.ReadAllBytes(Path.Combine(RepositoryRoot, "tests", "Guests", "bin", name + ".wasm"));

    public CellModule Module(string guest)
    {
        lock (_modules)
        {
            if (!_modules.TryGetValue(guest, out var module))
            {
                module = _modules[guest] = Compile(Engine, Guest(guest));
            }

            return module;
        }
    }

    public static CellModule Compile(CellEngine engine, byte[] wasm) => engine.Compile(wasm, ModuleDigest.Of(wasm));

    public CellModule CompileText(string wat) => Compile(Engine, Text(wat));

    public static byte[] Text(string wat) => Wasmtime.Module.ConvertText(wat);

    public Cell Boot(string guest, CellProfile? profile = null) => Boot(Module(guest), profile);

    public Cell Boot(CellModule module, CellProfile? profile = null) => Boot(Engine, module, profile);

    public Cell Boot(CellEngine engine, CellModule module, CellProfile? profile = null)
    {
        var id = new CellId(new Guid(Interlocked.Increment(ref _cells), 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]));
        return Cell.Boot(engine, module, id, profile ?? Profile, new BootClock(TimeProvider.System));
    }

    public static CellEvent TaskEvent(string input) => TaskEvent(Encoding.UTF8.GetBytes(input));

    public static CellEvent TaskEvent(byte[] input) => new(CellEventKind.Task, Envelope("task"), input, NowUs, new FixedSeed(Seed));

    public static CellEvent StartEvent() => new(CellEventKind.Start, Envelope("start"), default, NowUs, new FixedSeed(Seed));

    public static CellEvent ResumeEvent() => new(CellEventKind.Resume, Envelope("resume"), default, NowUs, new FixedSeed(Seed));

    /// <summary>One event in a transaction of its own, ended as a worker would.</summary>
    public static ActionOutcome Deliver(Cell cell, MissionStore store, CellEvent evt, string task = "t/r-1")
    {
        var transaction = store.Begin(task);
        var outcome = cell.Deliver(evt, transaction);
        if (outcome.Status == ActionStatus.Aborted)
        {
            transaction.Abort();
        }
        else
        {
            transaction.Commit();
            store.Views.Committed(1);
        }

        return outcome;
    }

    public static string ResultText(ActionOutcome outcome) => Encoding.UTF8.GetString(outcome.Result);

    public void Dispose()
    {
        foreach (var module in _modules.Values)
        {
            module.Dispose();
        }

        Engine.Dispose();
    }

    private static byte[] Envelope(string kind) => Encoding.UTF8.GetBytes(
        $$"""{"abi":1,"attempt":1,"cell":"cell_00000000000000000000000000000001","event":"{{kind}}","mission":"mission_00000000000000000000000000000002","now_us":{{NowUs}},"task":"t/r-1"}""");

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Voxeltron.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("The tests must run from inside the repository.");
    }
}
