namespace Voxeltron.Benchmarks;

/// <summary>Collects rows for people and prints them with aligned columns.</summary>
internal sealed class TextTable
{
    private static readonly string[] s_head = ["", "p50", "p90", "p99", "p99.9", "max", "n"];

    private readonly List<string[]> _rows = [];

    public void Section(string title) => _rows.Add([title]);

    public void Latency(string name, Distribution sample)
    {
        if (sample.Count == 0)
        {
            Value(name, "nothing measured");
            return;
        }

        _rows.Add(["  " + name, .. new[] { sample.P50, sample.P90, sample.P99, sample.P999, sample.Max }.Select(Text), sample.Count.ToString()]);
    }

    public void Value(string name, string value) => _rows.Add(["  " + name, value]);

    public void Value(string name, double value) => Value(name, Text(value));

    public void Print(TextWriter output)
    {
        var rows = _rows.Prepend(s_head).ToList();
        var widths = Enumerable.Range(0, s_head.Length).Select(column => rows.Where(row => row.Length == s_head.Length).Max(row => row[column].Length)).ToArray();
        widths[0] = Math.Max(widths[0], _rows.Where(static row => row.Length == 2).Select(static row => row[0].Length).DefaultIfEmpty().Max());
        foreach (var row in rows)
        {
            output.WriteLine(row.Length switch
            {
                1 => row[0],
                2 => $"{row[0].PadRight(widths[0])}  {row[1]}",
                _ => string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))),
            });
        }
    }

    private static string Text(double value) => Math.Abs(value) switch
    {
        >= 1000 => value.ToString("#,0"),
        >= 100 => value.ToString("0"),
        >= 10 => value.ToString("0.0"),
        _ => value.ToString("0.00"),
    };
}
