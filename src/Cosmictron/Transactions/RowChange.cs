namespace Voxeltron.Cosmictron;

/// <summary>
/// The net effect on one row: <c>Before</c> 0 is an insert, <c>After</c> 0 a delete. Both records are readable until the
/// next transaction begins. A row deleted and put again has two ids.
/// </summary>
internal readonly record struct RowChange(Table Table, int BeforeId, long Before, int AfterId, long After);

/// <summary>A row that is what it was and lies under another id.</summary>
internal readonly record struct RowMove(Table Table, int From, int To);
