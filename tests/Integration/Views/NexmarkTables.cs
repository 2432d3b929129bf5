using Voxeltron.Cosmictron;

namespace Voxeltron.Tests.Integration.Views;

/// <summary>
/// Nexmark's auction house as a mission's tables: times are milliseconds in a bigint, and a bid has an id. <c>side_input</c> is
/// the list q13 looks up in, <c>arrived</c> the time q12 counts by.
/// </summary>
internal static class NexmarkTables
{
    public static TableSchema Person { get; } = new(
        "person",
        [Whole("id"), Text("name"), Text("email_address"), Text("credit_card"), Text("city"), Text("state"), Whole("date_time"), Text("extra")],
        ["id"]);

    public static TableSchema Auction { get; } = new(
        "auction",
        [Whole("id"), Text("item_name"), Text("description"), Whole("initial_bid"), Whole("reserve"), Whole("date_time"), Whole("expires"), Whole("seller"), Whole("category"), Text("extra")],
        ["id"]);

    public static TableSchema Bid { get; } = new(
        "bid",
        [Whole("id"), Whole("auction"), Whole("bidder"), Whole("price"), Text("channel"), Text("url"), Whole("date_time"), Text("extra"), Whole("arrived")],
        ["id"]);

    public static TableSchema SideInput { get; } = new("side_input", [Whole("key"), Text("value")], ["key"]);

    public static IReadOnlyList<TableSchema> All { get; } = [Person, Auction, Bid, SideInput];

    private static Column Whole(string name) => new(name, ColumnType.Int64);

    private static Column Text(string name) => new(name, ColumnType.Text);
}
