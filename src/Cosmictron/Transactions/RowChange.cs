namespace Voxeltron.Cosmictron;

/// <summary>The net effect on one row: <c>Before</c> null is an insert, <c>After</c> null a delete. Both images are stored arrays, immutable.</summary>
internal readonly record struct RowChange(Table Table, byte[]? Before, byte[]? After);
