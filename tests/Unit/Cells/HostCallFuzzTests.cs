using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Xunit;
using Xunit.Abstractions;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>
/// Random pointers and lengths to every import, among them names and tuples that are right, or right but for a byte:
/// whatever they are, the guest gets a status or is stopped by name.
/// </summary>
public sealed class HostCallFuzzTests(CellFixture cells, ITestOutputHelper output) : IClassFixture<CellFixture>
{
    private const int ImportCount = 21;
    private const int RecordBytes = 26;

    // What the state imports understand: tables and indexes of the fixture's store, rows and keys of them.
    private static readonly byte[][] Words =
    [
        .. ((string[])["item", "typed", "own", "typed.one_price", "typed.by_at", "note", "amounts"]).Select(static name => Encoding.ASCII.GetBytes(name)),
        new TupleBuilder().ToArray(),
        new TupleBuilder().Text("a").ToArray(),
        new TupleBuilder().Text("a").Int64(1).Float64(1).ToArray(),
        new TupleBuilder().Text("b").Int64(2).Float64(2).ToArray(),
        new TupleBuilder().Text("a").Decimal(1).Timestamp(1).Json("{\"b\":1,\"a\":[]}"u8).ToArray(),
        new TupleBuilder().Decimal(1).ToArray(),
        new TupleBuilder().Timestamp(1).ToArray(),
        new TupleBuilder().Int64(1).ToArray(),
    ];

    // Around zero, page ends, the memory's end and the signs of 32 bits: where arithmetic goes wrong.
    private static readonly int[] Edges =
        [0, 1, -1, 2, 4095, 4096, 65535, 65536, 65537, 131072, 4 * 1024 * 1024, int.MaxValue, int.MinValue, int.MinValue + 1, -65536, 0x7fff0000];

    [Fact]
    public void No_argument_to_any_import_harms_the_host()
    {
        // So many that the rarest thing asked for below, a row of `own`, is missed once in thousands of runs.
        const int rounds = 6000;
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var store = NewStore();
        using var neighbour = cells.Boot("misbehave");
        var outcomes = new Dictionary<string, int>();
        var mostRows = new Dictionary<string, int>();
        var cell = cells.Boot("caller");
        for (var round = 0; round < rounds; round++)
        {
            var outcome = Deliver(cell, store, TaskEvent(Calls(random, random.Next(1, 60))));
            var name = outcome.Code is null || outcome.Status == ActionStatus.Refused ? outcome.Status.ToString() : outcome.Code;
            outcomes[name] = outcomes.GetValueOrDefault(name) + 1;
            Assert.NotEqual(AbortCodes.HostError, outcome.Code);
            foreach (var table in (string[])["item", "typed", "own"])
            {
                mostRows[table] = Math.Max(mostRows.GetValueOrDefault(table), store.Rows(table).Count());
            }

            if (cell.IsDead)
            {
                cell.Dispose();
                cell = cells.Boot("caller");
            }
        }

        cell.Dispose();
        output.WriteLine(string.Join(", ", outcomes.Select(pair => $"{pair.Key} {pair.Value}")));
        Assert.Equal("1", ResultText(Deliver(neighbour, store, TaskEvent("count"))));
        Assert.All(mostRows, table => Assert.True(table.Value > 0, $"No round wrote to {table.Key}: the fuzzer tests too little."));
        Assert.True(outcomes.GetValueOrDefault("Completed") > rounds / 10, "Hardly any round ran through: the fuzzer tests too little.");
    }

    /// <summary>
    /// The same for programs: lists of buffers that overlap each other, wrap, lie on the list or on the count, descriptors there are
    /// and are not. Each input twice: another answer the second time would be no replay.
    /// </summary>
    [Fact]
    public void No_argument_to_any_import_of_a_program_harms_the_host_or_is_answered_twice_differently()
    {
        const int rounds = 1500;
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var outcomes = new Dictionary<string, int>();
        using var module = Compile(cells.Engine, ProgramCaller());
        for (var round = 0; round < rounds; round++)
        {
            var input = ProgramCalls(random);
            var (first, second) = (RunProgram(module, input), RunProgram(module, input));
            Assert.NotEqual(AbortCodes.HostError, first.Code);
            Assert.Equal((first.Status, first.Code, first.FuelUsed), (second.Status, second.Code, second.FuelUsed));
            Assert.Equal(first.Result, second.Result);
            Assert.Equal(first.Logs, second.Logs);
            Assert.InRange(first.Result.Length, 0, CellLimits.ResultBytes);
            Assert.InRange(first.Logs.Count, 0, CellLimits.LogLines);
            var name = first.Status == ActionStatus.Aborted ? first.Code! : first.Status.ToString();
            outcomes[name] = outcomes.GetValueOrDefault(name) + 1;
            outcomes["wrote"] = outcomes.GetValueOrDefault("wrote") + (first.Result.Length > 0 ? 1 : 0);
            outcomes["said"] = outcomes.GetValueOrDefault("said") + (first.Logs.Count > 0 ? 1 : 0);
        }

        output.WriteLine(string.Join(", ", outcomes.Select(pair => $"{pair.Key} {pair.Value}")));
        Assert.All((string[])["Completed", "Refused", "wrote", "said"], what => Assert.True(outcomes.GetValueOrDefault(what) > rounds / 20, $"Hardly any round {what}: the fuzzer tests too little."));
    }

    private ActionOutcome RunProgram(CellModule module, byte[] input)
    {
        using var cell = cells.Boot(cells.Engine, module, Profile with { FuelPerAction = 2_000_000 });
        return Deliver(cell, NewStore(), TaskEvent(input));
    }

    /// <summary>Reads its input to 4096 and does what the records there say: a byte with the import's number, three unused, nine int64 arguments; 255 ends.</summary>
    private static byte[] ProgramCaller()
    {
        var calls = WasiImports.All.Select(static (import, i) =>
        {
            var arguments = import.Signature.Parameters.Split(',', StringSplitOptions.RemoveEmptyEntries)
                .Select(static (type, at) => $"({type}.load (i32.add (local.get $at) (i32.const {4 + (8 * at)})))");
            var call = $"(call ${import.Name} {string.Join(' ', arguments)})";
            return $"(if (i32.eq (local.get $which) (i32.const {i})) (then {(import.Signature.Result.Length == 0 ? call : $"(drop {call})")}))";
        });
        return ProgramGuests.Program($"""
            (local $at i32) (local $which i32)
            (i32.store (i32.const 0) (i32.const 4096)) (i32.store (i32.const 4) (i32.const 32768))
            (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
            (local.set $at (i32.const 4096))
            (block $end (loop $next
              (local.set $which (i32.load8_u (local.get $at)))
              (br_if $end (i32.eq (local.get $which) (i32.const 255)))
              {string.Join('\n', calls)}
              (local.set $at (i32.add (local.get $at) (i32.const {ProgramRecordBytes})))
              (br_if $next (i32.lt_u (local.get $at) (i32.const 32768)))))
            """);
    }

    private const int ProgramRecordBytes = 4 + (9 * 8);

    // Behind the records lie lists of buffers, at 40,000 of memory and from there on.
    private static byte[] ProgramCalls(Random random)
    {
        const int inputAt = 4096, most = 30, listsAt = 12_000, lists = 64;
        var input = new byte[32_768];
        random.NextBytes(input.AsSpan(listsAt));
        for (var i = 0; i < lists; i++)
        {
            var pointer = random.Next(4) switch { 0 => Argument(random), 1 => inputAt + listsAt + (8 * random.Next(lists)), _ => random.Next(0, 1 << 20) };
            BinaryPrimitives.WriteInt32LittleEndian(input.AsSpan(listsAt + (8 * i)), pointer);
            BinaryPrimitives.WriteInt32LittleEndian(input.AsSpan(listsAt + (8 * i) + 4), random.Next(12) == 0 ? Argument(random) : random.Next(0, 5000));
        }

        var count = random.Next(1, most);
        for (var i = 0; i < count; i++)
        {
            var record = input.AsSpan(i * ProgramRecordBytes, ProgramRecordBytes);
            var which = random.Next(3) == 0 ? WasiImports.All.Select(static import => import.Name).ToList().IndexOf(random.Next(2) == 0 ? "fd_write" : "fd_read") : random.Next(WasiImports.All.Count);
            record[0] = (byte)which;
            for (var argument = 0; argument < 9; argument++)
            {
                BinaryPrimitives.WriteInt64LittleEndian(record[(4 + (8 * argument))..], Argument(random));
            }

            if (random.Next(4) > 0)
            {
                // A descriptor, a list or a part of one, its length, and a count which may lie on the list.
                BinaryPrimitives.WriteInt32LittleEndian(record[4..], random.Next(4));
                BinaryPrimitives.WriteInt32LittleEndian(record[12..], inputAt + listsAt + (8 * random.Next(lists)) + (random.Next(8) == 0 ? random.Next(8) : 0));
                BinaryPrimitives.WriteInt32LittleEndian(record[20..], random.Next(9) == 0 ? Argument(random) : random.Next(0, 6));
                BinaryPrimitives.WriteInt32LittleEndian(record[28..], random.Next(3) == 0 ? inputAt + listsAt + random.Next(512) : random.Next(0, 1 << 20));
            }
        }

        input[count * ProgramRecordBytes] = 255;
        return input;
    }

    [Fact]
    public void A_host_error_stops_the_event_by_name_instead_of_the_process()
    {
        // An ended transaction would answer a status; no transaction at all is a bug of the host, and must stay inside.
        using var cell = cells.Boot("misbehave");

        var outcome = cell.Deliver(TaskEvent("count"), default);

        Assert.Equal((ActionStatus.Aborted, AbortCodes.HostError, true), (outcome.Status, outcome.Code, cell.IsDead));
        Assert.Contains(nameof(NullReferenceException), outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_seed_is_a_host_error_too()
    {
        using var cell = cells.Boot("conform");
        var transaction = NewStore().Begin();

        var outcome = cell.Deliver(TaskEvent("x") with { RandomSeed = new FixedSeed(1, 2, 3) }, transaction);

        Assert.Equal(AbortCodes.HostError, outcome.Code);
    }

    private static byte[] Calls(Random random, int count)
    {
        var calls = new List<byte>(new byte[1 + (count * RecordBytes)]) { [0] = (byte)count };
        for (var i = 0; i < count; i++)
        {
            var record = new byte[RecordBytes];
            record[0] = (byte)random.Next(ImportCount);
            for (var argument = 0; argument < 6; argument++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(2 + (argument * 4)), Argument(random));
            }

            for (var pair = 0; pair < 6; pair += 2)
            {
                if (random.Next(3) > 0)
                {
                    PointAtWord(random, calls, record, pair);
                }
            }

            record.CopyTo(CollectionsMarshal.AsSpan(calls)[(1 + (i * RecordBytes))..]);
        }

        return [.. calls];
    }

    /// <summary>Two arguments become pointer and length of a word behind the records; now and then one byte of it, or its length, is off.</summary>
    private static void PointAtWord(Random random, List<byte> calls, byte[] record, int argument)
    {
        var word = Words[random.Next(Words.Length)].ToArray();
        var length = word.Length;
        switch (random.Next(8))
        {
            case 0:
                word[random.Next(word.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                length += random.Next(-2, 3);
                break;
        }

        record[1] |= (byte)(1 << argument);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(2 + (argument * 4)), calls.Count);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(6 + (argument * 4)), length);
        calls.AddRange(word);
    }

    private static int Argument(Random random) => random.Next(4) switch
    {
        0 => Edges[random.Next(Edges.Length)],
        1 => Edges[random.Next(Edges.Length)] + random.Next(-16, 17),
        2 => random.Next(0, 200),
        _ => random.Next(int.MinValue, int.MaxValue),
    };
}
