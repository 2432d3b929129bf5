namespace Voxeltron.Tests.Integration.Views;

/// <summary>
/// The Nexmark queries that fit what views know, in words Postgres takes too; docs/nexmark.md says what was adapted. Windows are
/// whole numbers: the ten seconds of a time t are t / 10000.
/// </summary>
internal static class NexmarkQueries
{
    /// <summary>By number; of those that do not fit, the part that does has a name behind it.</summary>
    public static IReadOnlyList<(string Name, string Sql)> All { get; } =
    [
        ("q0", "select auction, bidder, price, date_time, extra from bid"),
        ("q1", "select auction, bidder, 0.908 * price as price, date_time, extra from bid"),
        ("q2", "select auction, price from bid where auction % 123 = 0"),
        ("q3",
            """
            select p.name, p.city, p.state, a.id
              from auction as a join person as p on a.seller = p.id
             where a.category = 10 and (p.state = 'OR' or p.state = 'ID' or p.state = 'CA')
            """),
        ("q4",
            """
            select category, round(avg(final), 3) as mean
              from (select a.id, a.category, max(b.price) as final
                      from auction a join bid b on a.id = b.auction and b.date_time between a.date_time and a.expires
                     group by a.id, a.category) closed
             group by category
            """),
        ("q5", Q5()),
        ("q6 newest",
            """
            select seller, round(avg(price), 3) as mean
              from (select w.seller, w.price, row_number() over (partition by w.seller order by w.date_time desc, w.bid desc) as place
                      from (select seller, price, date_time, bid
                              from (select a.id, a.seller, b.price, b.date_time, b.id as bid, row_number() over (partition by a.id order by b.price desc, b.id) as rank
                                      from bid b join auction a on a.id = b.auction and b.date_time between a.date_time and a.expires) ranked
                             where rank <= 1) w) latest
             where place <= 3
             group by seller
            """),
        ("q7",
            """
            select b.auction, b.price, b.bidder, b.date_time, b.extra
              from bid b
              join (select max(price) as price, (date_time / 10000 + 1) * 10000 as ends from bid group by date_time / 10000) best on b.price = best.price
             where b.date_time between best.ends - 10000 and best.ends
            """),
        ("q8",
            """
            select p.id, p.name, p.starts
              from (select id, name, date_time / 10000 * 10000 as starts from person group by id, name, date_time / 10000 * 10000) p
              join (select distinct seller, date_time / 10000 * 10000 as starts from auction) a on p.id = a.seller and p.starts = a.starts
            """),
        ("q9",
            """
            select id, item_name, description, initial_bid, reserve, date_time, expires, seller, category, extra, auction, bidder, price, bid_date_time, bid_extra
              from (select a.*, b.auction, b.bidder, b.price, b.date_time as bid_date_time, b.extra as bid_extra,
                           row_number() over (partition by a.id order by b.price desc, b.date_time, b.id) as place
                      from auction a join bid b on a.id = b.auction
                     where b.date_time between a.date_time and a.expires) ranked
             where place <= 1
            """),
        ("q10",
            """
            select auction, bidder, price, date_time, extra, date_time / 86400000 as dt,
                   case when date_time / 3600000 % 24 < 10 then '0' else '' end || cast(date_time / 3600000 % 24 as text) || ':' ||
                   case when date_time / 60000 % 60 < 10 then '0' else '' end || cast(date_time / 60000 % 60 as text) as hm
              from bid
            """),
        // A session begins at a bid that has none of its bidder's in the ten seconds before.
        ("q11",
            """
            select bidder, count(*) as bid_count, starts, max(date_time) + 10000 as ends
              from (select b.id, b.bidder, b.date_time, max(f.date_time) as starts
                      from bid b
                      join (select c.bidder, c.date_time
                              from bid c
                              left join (select distinct later.id
                                           from bid later join bid earlier on later.bidder = earlier.bidder
                                            and earlier.date_time < later.date_time and earlier.date_time >= later.date_time - 10000) inside on inside.id = c.id
                             where inside.id is null) f on f.bidder = b.bidder and f.date_time <= b.date_time
                     group by b.id, b.bidder, b.date_time) sessions
             group by bidder, starts
            """),
        ("q12", "select bidder, count(*) as bid_count, arrived / 10000 * 10000 as starts, (arrived / 10000 + 1) * 10000 as ends from bid group by bidder, arrived / 10000"),
        ("q13", "select b.auction, b.bidder, b.price, b.date_time, s.value from bid b join side_input s on b.auction % 10000 = s.key"),
        ("q14 without c_counts",
            """
            select auction, bidder, 0.908 * price as price,
                   case when date_time / 3600000 % 24 between 8 and 18 then 'dayTime'
                        when date_time / 3600000 % 24 <= 6 or date_time / 3600000 % 24 >= 20 then 'nightTime'
                        else 'otherTime' end as bid_time_type,
                   date_time, extra
              from bid
             where 0.908 * price > 1000000 and 0.908 * price < 50000000
            """),
        ("q15", Counts([("day", "date_time / 86400000")])),
        ("q16", Counts([("channel", "channel"), ("day", "date_time / 86400000")], minute: true)),
        ("q17",
            $"""
            select auction, date_time / 86400000 as day, {Ranks("bids")},
                   min(price) as min_price, max(price) as max_price, round(avg(price), 3) as avg_price, sum(price) as sum_price
              from bid
             group by auction, date_time / 86400000
            """),
        ("q18",
            """
            select auction, bidder, price, channel, url, date_time, extra
              from (select b.*, row_number() over (partition by bidder, auction order by date_time desc, id desc) as place from bid b) ranked
             where place <= 1
            """),
        ("q19", "select * from (select b.*, row_number() over (partition by auction order by price desc, id) as rank_number from bid b) ranked where rank_number <= 10"),
        ("q20",
            """
            select b.auction, b.bidder, b.price, b.channel, b.url, b.date_time as bid_date_time, b.extra as bid_extra,
                   a.item_name, a.description, a.initial_bid, a.reserve, a.date_time as auction_date_time, a.expires, a.seller, a.category, a.extra as auction_extra
              from bid as b join auction as a on b.auction = a.id
             where a.category = 10
            """),
    ];

    /// <summary>Ten seconds, a new one every two: a bid is in five windows.</summary>
    private static string Q5()
    {
        var hops = string.Join(" union all ", Enumerable.Range(0, 5).Select(static back => $"select auction, (date_time / 2000 - {back}) * 2000 as starts from bid"));
        return $"""
            select a.auction, a.num
              from (select auction, starts, count(*) as num from ({hops}) hop group by auction, starts) a
              join (select starts, max(num) as most
                      from (select starts, count(*) as num from ({hops}) hop group by auction, starts) counted
                     group by starts) m on a.starts = m.starts and a.num >= m.most
            """;
    }

    private static string Ranks(string counted) =>
        $"count(*) as total_{counted}, count(case when price < 10000 then 1 end) as rank1_{counted}, count(case when price >= 10000 and price < 1000000 then 1 end) as rank2_{counted}, count(case when price >= 1000000 then 1 end) as rank3_{counted}";

    /// <summary>Bids, bidders and auctions of each group: what is counted once is grouped first, and the three counts joined.</summary>
    private static string Counts((string Name, string Expression)[] keys, bool minute = false)
    {
        var keyed = string.Join(", ", keys.Select(static key => $"{key.Expression} as {key.Name}"));
        var expressions = string.Join(", ", keys.Select(static key => key.Expression));
        var names = string.Join(", ", keys.Select(static key => key.Name));
        string Joined(string what) => $"""
              join (select {names}, count(*) as total_{what}s, count(rank1) as rank1_{what}s, count(rank2) as rank2_{what}s, count(rank3) as rank3_{what}s
                      from (select {keyed}, {what}, max(case when price < 10000 then 1 end) as rank1,
                                   max(case when price >= 10000 and price < 1000000 then 1 end) as rank2, max(case when price >= 1000000 then 1 end) as rank3
                              from bid group by {expressions}, {what}) once
                     group by {names}) of_{what} on {string.Join(" and ", keys.Select(key => $"bids.{key.Name} = of_{what}.{key.Name}"))}
            """;
        return $"""
            select {string.Join(", ", keys.Select(static key => $"bids.{key.Name}"))}, {(minute ? "minute, " : "")}total_bids, rank1_bids, rank2_bids, rank3_bids,
                   total_bidders, rank1_bidders, rank2_bidders, rank3_bidders, total_auctions, rank1_auctions, rank2_auctions, rank3_auctions
              from (select {keyed}, {(minute ? "max(date_time / 60000 % 1440) as minute, " : "")}{Ranks("bids")}
                      from bid group by {expressions}) bids
            {Joined("bidder")}
            {Joined("auction")}
            """;
    }
}
