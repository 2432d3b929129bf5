namespace Voxeltron.Migrations.Setup;

/// <summary>Plain lines about what was done. The first API key is the only secret that ever passes here, once.</summary>
internal sealed class SetupReport(TextWriter output)
{
    private const int LabelWidth = 10;

    public void Line(string label, string text) => output.WriteLine($"{label.PadRight(LabelWidth)} {text}");
}
