namespace Voxeltron.Cli.Demo;

/// <summary>A bar that redraws itself on a terminal; elsewhere a line for each tenth, so that a log stays readable.</summary>
public sealed class ProgressDisplay(TextWriter output, bool terminal, int total)
{
    private const int Width = 40;
    private int _tenth = -1;
    private int _shown = -1;

    public void Show(int done, int failed)
    {
        if (done == _shown)
        {
            return;
        }

        _shown = done;
        var text = $"{done}/{total} requests settled" + (failed > 0 ? $", {failed} aborted actions" : "");
        if (terminal)
        {
            var filled = total == 0 ? Width : (int)((long)Width * done / total);
            output.Write($"\r  [{new string('#', filled)}{new string('.', Width - filled)}] {text} ");
        }
        else if (total > 0 && (int)(10L * done / total) is var tenth && tenth > _tenth)
        {
            _tenth = tenth;
            output.WriteLine($"  {text}");
        }
    }

    public void End()
    {
        if (terminal)
        {
            output.WriteLine();
        }
    }
}
