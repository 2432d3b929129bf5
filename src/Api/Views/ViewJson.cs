using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Views;

/// <summary>
/// Writes views. Rows come from Postgres as JSON on one line and go out as they are; a view may be larger than memory, so what
/// gathers is sent on the way and the client's pace is the reader's.
/// </summary>
internal static class ViewJson
{
    private const int SendFromBytes = 64 * 1024;

    /// <summary><c>{"view":…,"seq":…,"columns":[…],"rows":[{"row":{…},"count":1}…]}</c>, by the rows' keys.</summary>
    /// <param name="view">A checked name, which needs no escaping.</param>
    public static async Task WriteAsync(PipeWriter output, string view, ViewSnapshot snapshot, CancellationToken cancel)
    {
        Encoding.UTF8.GetBytes($"{{\"view\":\"{view}\",\"seq\":{snapshot.Seq},\"columns\":{snapshot.ColumnsJson},\"rows\":[", output);
        var first = true;
        while (await snapshot.ReadAsync(cancel))
        {
            WriteRow(output, first, snapshot.Json, "count", snapshot.Count);
            first = false;
            await SendFullAsync(output, cancel);
        }

        output.Write("]}"u8);
    }

    /// <summary><c>{"seq":…,"changes":[</c></summary>
    public static void BeginChanges(PipeWriter output, long seq) => Encoding.ASCII.GetBytes($"{{\"seq\":{seq},\"changes\":[", output);

    /// <summary><c>{"row":{…},"weight":-1}</c></summary>
    public static void WriteChange(PipeWriter output, bool first, ViewChange change) => WriteRow(output, first, change.Json, "weight", change.Weight);

    public static void EndChanges(PipeWriter output) => output.Write("]}"u8);

    /// <summary>Sends what was written once it is worth it.</summary>
    public static async ValueTask SendFullAsync(PipeWriter output, CancellationToken cancel)
    {
        if (output.UnflushedBytes >= SendFromBytes)
        {
            await output.FlushAsync(cancel);
        }
    }

    private static void WriteRow(PipeWriter output, bool first, byte[] row, string name, long number)
    {
        output.Write(first ? "{\"row\":"u8 : ",{\"row\":"u8);
        output.Write(row);
        Encoding.ASCII.GetBytes($",\"{name}\":{number}}}", output);
    }
}
