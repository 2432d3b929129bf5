using System.Buffers.Binary;
using System.Text;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>
/// Random records for a <see cref="HostCaller"/>: pointers and lengths of any kind, among them names and tuples that are right, or right but
/// for a byte, and lists of buffers that overlap each other, wrap, lie on the list or on the count.
/// </summary>
internal sealed class HostCallRecords(Random random, IReadOnlyList<(string Module, AbiImport Import)> imports)
{
    // A list of buffers stands behind the records, words behind that.
    private const int Lists = 16;
    private const int ListsAt = (HostCaller.MostCalls + 1) * HostCaller.RecordBytes;
    private const int WordsAt = ListsAt + (Lists * 8);

    // What the imports understand: tables, indexes and views of the fixture's store, rows and keys of them, names to emit.
    private static readonly byte[][] s_words =
    [
        .. ((string[])["item", "typed", "own", "typed.one_price", "typed.by_at", "note", "amounts", "amounts", "a.tag", "{\"b\":1}"]).Select(static name => Encoding.ASCII.GetBytes(name)),
        new TupleBuilder().ToArray(),
        new TupleBuilder().Text("a").ToArray(),
        new TupleBuilder().Text("a").Int64(1).Float64(1).ToArray(),
        new TupleBuilder().Text("b").Int64(2).Float64(2).ToArray(),
        new TupleBuilder().Text("a").Decimal(1).Timestamp(1).Json("{\"b\":1,\"a\":[]}"u8).ToArray(),
        new TupleBuilder().Decimal(1).ToArray(),
        new TupleBuilder().Timestamp(1).ToArray(),
        new TupleBuilder().Int64(1).ToArray(),
    ];

    // Rows and keys with the tables they belong to: by chance alone they hardly ever meet.
    private static readonly (string Table, byte[] Key, byte[] Row)[] s_rows =
    [
        ("item", new TupleBuilder().Text("a").ToArray(), new TupleBuilder().Text("a").Int64(7).Float64(1).ToArray()),
        ("item", new TupleBuilder().Text("b").ToArray(), new TupleBuilder().Text("b").Int64(7).Float64(-0.0).ToArray()),
        ("typed", new TupleBuilder().Text("a").ToArray(), new TupleBuilder().Text("a").Decimal(1).Timestamp(1).Json("{\"b\":1}"u8).ToArray()),
        ("typed", new TupleBuilder().Text("b").ToArray(), new TupleBuilder().Text("b").Decimal(1).Timestamp(2).Json("[]"u8).ToArray()),
        ("own", new TupleBuilder().Text("k").ToArray(), new TupleBuilder().Text("k").ToArray()),
    ];

    // What http_begin reads; a.example is granted. By chance alone no JSON comes of it.
    private static readonly string[] s_requests =
    [
        """{"method":"GET","url":"https://a.example/x?y=z"}""",
        """{"body":1,"method":"GET","url":"https://a.example/"}""",
        """{"headers":[["accept","*/*"],["x-a",""]],"method":"POST","redirects":2,"response_bytes":0,"tag":"a.tag","timeout_ms":1000,"url":"https://A.example:8443/"}""",
        """{"method":"GET","url":"http://a.example/"}""",
        """{"method":"GET","url":"https://127.0.0.1/"}""",
        """{"method":"GET","tag":"\ud83d\ude00","url":"https://b.example/"}""",
    ];

    // What model_begin reads; the class small is granted.
    private static readonly string[] s_calls =
    [
        """{"class":"small","messages":[{"content":"a","role":"user"}]}""",
        """{"class":"small","max_tokens":100,"messages":[{"content":"s","role":"system"},{"content":"u\n","role":"user"}],"response_format":{"type":"json_object"},"stop":["x"],"tag":"a.tag","temperature":0.5}""",
        """{"class":"large","messages":[{"content":"a","role":"user"}]}""",
        """{"class":"small","max_tokens":101,"messages":[{"content":"\ud83d\ude00","role":"assistant"}]}""",
    ];

    // Of the view `amounts`: all of it, and one row.
    private static readonly byte[][] s_bounds = [new TupleBuilder().ToArray(), new TupleBuilder().Int64(7).ToArray()];

    // Around zero, page ends, the memory's end and the signs of 32 and 64 bits: where arithmetic goes wrong.
    private static readonly long[] s_edges =
    [
        0, 1, -1, 2, 4095, 4096, 65535, 65536, 65537, 131072, 1 << 20, 4 * 1024 * 1024, int.MaxValue, int.MinValue, int.MinValue + 1, -65536, 0x7fff0000, long.MaxValue, long.MinValue,
        CellLimits.LongestTimerUs, CellLimits.LongestTimerUs + 1,
    ];

    private readonly int[] _states = [.. Enumerable.Range(0, imports.Count).Where(i => imports[i].Import.Name.StartsWith("state_", StringComparison.Ordinal))];
    private readonly List<byte> _words = [];
    private bool _endsTask;

    public byte[] Next()
    {
        _words.Clear();
        _endsTask = false;
        var records = new byte[WordsAt];
        WriteLists(records.AsSpan(ListsAt));
        var count = random.Next(1, HostCaller.MostCalls);
        for (var i = 0; i < count; i++)
        {
            Record(records.AsSpan(i * HostCaller.RecordBytes, HostCaller.RecordBytes));
        }

        records[count * HostCaller.RecordBytes] = 255;
        return [.. records, .. _words];
    }

    private void Record(Span<byte> record)
    {
        var which = random.Next(6) == 0 ? _states[random.Next(_states.Length)] : random.Next(imports.Count);
        var (module, import) = imports[which];
        if (import.Name is "complete" or "fail" or "proc_exit")
        {
            // Once ended a task does little more: mostly that comes late, or not at all.
            _endsTask = _endsTask || random.Next(4) == 0;
            which = _endsTask ? which : random.Next(imports.Count);
            (module, import) = imports[which];
        }

        Span<long> arguments = stackalloc long[HostCaller.Parameters(import)];
        foreach (ref var argument in arguments)
        {
            argument = Argument();
        }

        var relative = 0;
        if (module == WasiImports.Module && arguments.Length >= 4 && random.Next(4) > 0)
        {
            relative = Buffers(arguments);
        }
        else if (module == WasiImports.Module && arguments.Length > 0 && random.Next(2) == 0)
        {
            // A descriptor or a clock, then places in memory.
            arguments.Clear();
            arguments[0] = random.Next(4);
            arguments[^1] = arguments.Length == 1 ? arguments[0] : random.Next(0, 1 << 20);
        }
        else
        {
            var (table, key, row) = s_rows[random.Next(s_rows.Length)];
            var fits = import.Name.StartsWith("state_", StringComparison.Ordinal) && random.Next(2) == 0;
            var asks = import.Name is "http_begin" or "model_begin" && random.Next(2) == 0;
            var texts = import.Name == "model_begin" ? s_calls : s_requests;
            var follows = import.Name is "view_read" or "subscribe" && random.Next(2) == 0;
            // Pairs of pointer and length stand last.
            for (var pair = arguments.Length % 2; pair + 1 < arguments.Length; pair += 2)
            {
                if (fits && pair <= 2)
                {
                    relative |= Word(arguments, pair, pair == 0 ? Encoding.ASCII.GetBytes(table) : import.Name == "state_put" ? row : key);
                }
                else if (asks)
                {
                    relative |= Word(arguments, pair, pair == 0 ? Request(texts) : new byte[random.Next(1, 300)]);
                }
                else if (follows)
                {
                    relative |= Word(arguments, pair, pair == 0 ? "amounts"u8 : s_bounds[random.Next(s_bounds.Length)]);
                }
                else if (random.Next(4) > 0)
                {
                    relative |= Word(arguments, pair, s_words[random.Next(s_words.Length)]);
                }
            }
        }

        HostCaller.Write(record, which, relative, arguments);
    }

    /// <summary>One of those there are, in every second a piece of it left out, repeated or of another.</summary>
    private byte[] Request(string[] texts)
    {
        var text = texts[random.Next(texts.Length)];
        for (var left = random.Next(2) == 0 ? random.Next(1, 3) : 0; left > 0; left--)
        {
            var (at, other) = (random.Next(text.Length), texts[random.Next(texts.Length)]);
            var end = Math.Min(text.Length, at + random.Next(12));
            var from = random.Next(other.Length);
            text = random.Next(3) switch
            {
                0 => text[..at] + text[end..] + " ",
                1 => text[..end] + text[at..],
                _ => string.Concat(text.AsSpan(0, at), other.AsSpan(from, Math.Min(other.Length - from, random.Next(1, 20))), text.AsSpan(end)),
            };
        }

        return Encoding.ASCII.GetBytes(text);
    }

    /// <summary>A descriptor, a list or a part of one, its length, and a count which may lie on the list.</summary>
    private int Buffers(Span<long> arguments)
    {
        arguments[0] = random.Next(4);
        arguments[1] = ListsAt + (8 * random.Next(Lists)) + (random.Next(8) == 0 ? random.Next(8) : 0);
        arguments[2] = random.Next(9) == 0 ? Argument() : random.Next(0, 6);
        var onList = random.Next(3) == 0;
        arguments[3] = onList ? ListsAt + random.Next(Lists * 8) : random.Next(0, 1 << 20);
        return onList ? 0b1010 : 0b0010;
    }

    private void WriteLists(Span<byte> lists)
    {
        for (var i = 0; i < Lists; i++)
        {
            var pointer = random.Next(4) switch { 0 => Argument(), 1 => HostCaller.RecordsAt + ListsAt + (8 * random.Next(Lists)), _ => random.Next(0, 1 << 20) };
            BinaryPrimitives.WriteInt32LittleEndian(lists[(8 * i)..], (int)pointer);
            BinaryPrimitives.WriteInt32LittleEndian(lists[((8 * i) + 4)..], random.Next(12) == 0 ? (int)Argument() : random.Next(0, 5000));
        }
    }

    /// <summary>Two arguments become pointer and length of a word; now and then one byte of it, or its length, is off.</summary>
    private int Word(Span<long> arguments, int pair, ReadOnlySpan<byte> original)
    {
        var word = original.ToArray();
        arguments[pair] = WordsAt + _words.Count;
        arguments[pair + 1] = word.Length;
        switch (random.Next(10))
        {
            case 0:
                word[random.Next(word.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                arguments[pair + 1] += random.Next(-2, 3);
                break;
        }

        _words.AddRange(word);
        return 1 << pair;
    }

    private long Argument() => random.Next(6) switch
    {
        0 => s_edges[random.Next(s_edges.Length)],
        1 => s_edges[random.Next(s_edges.Length)] + random.Next(-16, 17),
        2 => random.Next(0, 200),
        // Handles, tickets, levels, descriptors.
        3 or 4 => random.Next(0, 5),
        _ => random.NextInt64(long.MinValue, long.MaxValue),
    };
}
