using System.Globalization;
using Voxeltron.Cosmictron;

namespace Voxeltron.Tests.Integration.Views;

/// <summary>
/// Random persons, auctions and bids, changed and deleted again: few enough that bids meet auctions and auctions sellers, at
/// times that share windows and now and then leave them, with some late.
/// </summary>
internal sealed class NexmarkEvents
{
    /// <summary>2026-05-28, some minutes before midnight.</summary>
    private const long Start = 1_780_012_000_000;

    private const int MostBids = 200;

    private static readonly string[] s_states = ["OR", "ID", "CA", "WA", "AZ"];
    private static readonly string[] s_cities = ["Portland", "Boise", "Phoenix"];
    private static readonly string[] s_channels = ["apple", "Google", "channel-7"];

    // Whole seconds among them: rows at the very edge of a window or a session.
    private static readonly long[] s_steps = [0, 0, 0, 1, 200, 500, 1_000, 1_000, 2_000, 10_000];
    private static readonly long[] s_durations = [0, 10_000, 3_600_000, 86_400_000];

    private readonly Random _random;
    private readonly Dictionary<TableSchema, List<object?[]>> _rows = NexmarkTables.All.ToDictionary(static table => table, static _ => new List<object?[]>());
    private long _clock = Start;
    private long _bids;

    public NexmarkEvents(Random random) => _random = random;

    public List<RowWrite> Transaction() => [.. Enumerable.Range(0, _random.Next(1, 8)).Select(_ => Write())];

    private RowWrite Write()
    {
        _clock += _random.Next(100) == 0 ? _random.Next(5, 20) * 3_600_000L : Pick(s_steps);
        var table = _random.Next(20) switch
        {
            < 4 => NexmarkTables.Person,
            < 9 => NexmarkTables.Auction,
            < 10 => NexmarkTables.SideInput,
            _ => NexmarkTables.Bid,
        };
        var rows = _rows[table];
        var kind = _random.Next(10);
        if (rows.Count > 0 && (kind < (table == NexmarkTables.Auction ? 1 : 2) || rows.Count >= MostBids))
        {
            var deleted = Pick(rows);
            rows.Remove(deleted);
            return new RowWrite(table, deleted, Delete: true);
        }

        var row = New(table);
        if (rows.Count > 0 && kind < 5)
        {
            // An update: some of a row's other columns.
            var old = Pick(rows);
            row = [.. old.Select((value, i) => table.Key.Contains(table.Columns[i].Name) || _random.Next(2) == 0 ? value : row[i])];
        }

        rows.RemoveAll(other => table.Key.All(name => Equals(other[table.ColumnOf(name)], row[table.ColumnOf(name)])));
        rows.Add(row);
        return new RowWrite(table, row, Delete: false);
    }

    private object?[] New(TableSchema table)
    {
        var time = _random.Next(6) == 0 ? _clock - (1_000L * _random.Next(25)) : _clock;
        var extra = string.Concat(Enumerable.Range(0, _random.Next(4)).Select(_ => (char)_random.Next('a', 'e')));
        if (table == NexmarkTables.Person)
        {
            var id = Person();
            return [id, $"person {id % 3}", $"p{id}@example.com", $"{_random.Next(10_000):0000} {id:0000}", Pick(s_cities), Pick(s_states), time, extra];
        }

        if (table == NexmarkTables.Auction)
        {
            var (id, (seller, since)) = (Auction(), Seller());
            time = since ?? time;
            return [id, $"item {id}", extra + extra, Price(), Price(), time, time + Pick(s_durations), seller, (long)_random.Next(9, 12), extra];
        }

        if (table == NexmarkTables.SideInput)
        {
            return [BidOn() % 10_000, extra];
        }

        var path = string.Join('/', Enumerable.Range(0, 3).Select(_ => Pick(s_cities)));
        return [_bids++, BidOn(), Person(), Price(), Pick(s_channels), $"https://www.example.com/{path}/item.htm?channel_id={_random.Next(9)}", time, extra, time + _random.Next(15_000)];
    }

    private long Person() => _random.Next(1_000, 1_010);

    /// <summary>One who sells most things, one who sells at once when he comes, or anybody.</summary>
    private (long Id, long? Since) Seller() => _random.Next(10) switch
    {
        < 6 => (1_001, null),
        < 9 when _rows[NexmarkTables.Person] is [.., var latest] => ((long)latest[0]!, (long)latest[6]! + Pick(s_steps)),
        _ => (Person(), null),
    };

    /// <summary>Every third is a multiple of 123, some are beyond 10,000.</summary>
    private long Auction() => (41 * _random.Next(24, 72)) + (_random.Next(5) == 0 ? 10_000 : 0);

    /// <summary>One that many want, one there is, or any.</summary>
    private long BidOn() => _random.Next(6) switch
    {
        < 1 => 1_107,
        < 5 when _rows[NexmarkTables.Auction] is { Count: > 0 } auctions => (long)auctions[^_random.Next(1, Math.Min(auctions.Count, 30) + 1)][0]!,
        _ => Auction(),
    };

    /// <summary>From single digits to a hundred million, and often the same.</summary>
    private long Price() => long.Parse($"{_random.Next(1, 7)}e{_random.Next(1, 9)}", NumberStyles.AllowExponent, CultureInfo.InvariantCulture);

    private T Pick<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];
}
