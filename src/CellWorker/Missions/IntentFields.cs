using System.Text.Json;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

internal static class IntentFields
{
    public static string Text(Entry entry, string name)
    {
        using var body = JsonDocument.Parse(entry.Body);
        return body.RootElement.GetProperty(name).GetString()!;
    }
}
