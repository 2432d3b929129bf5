using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

internal static class IntentFields
{
    public static string Text(Entry entry, string name)
    {
        using var body = JsonDocument.Parse(entry.Body.Utf8);
        return body.RootElement.GetProperty(name).GetString()!;
    }

    public static long Integer(Entry entry, string name)
    {
        using var body = JsonDocument.Parse(entry.Body.Utf8);
        return body.RootElement.GetProperty(name).GetInt64();
    }

    /// <summary>The id the intent was signed under; what the inbox row was called.</summary>
    public static Guid Id(Entry entry)
    {
        using var body = JsonDocument.Parse(entry.Body.Utf8);
        return IntentHeader.TryParse(body.RootElement)?.Id
            ?? throw new VoxeltronException("journal_malformed", $"Entry {entry.Header.Seq} is an intent without its intent member.");
    }
}
