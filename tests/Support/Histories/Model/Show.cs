namespace Voxeltron.Tests.Support.Histories;

/// <summary>How values look in reports. Long lists keep their end: that is where reads differ.</summary>
internal static class Show
{
    private const int ShownElements = 12;

    public static string Value(long? value) => value?.ToString() ?? "nothing";

    public static string List(ReadOnlySpan<long> list)
    {
        var skipped = Math.Max(0, list.Length - ShownElements);
        var shown = string.Join(' ', list[skipped..].ToArray());
        return skipped == 0 ? $"[{shown}]" : $"[({skipped} more) {shown}]";
    }

    public static string Object(DataKind kind, string key) => kind switch
    {
        DataKind.List => $"list {key}",
        DataKind.Register => $"register {key}",
        DataKind.Counter => $"counter {key}",
        _ => $"unique key {key}",
    };
}
