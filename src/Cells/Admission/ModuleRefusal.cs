namespace Voxeltron.Cells;

/// <summary>A refusal's code and its reason for the uploader. The reason is printable: it may quote names the module chose.</summary>
internal sealed record ModuleRefusal(string Code, string Reason)
{
    private const int MaxReason = 512;

    public string Reason { get; } = PrintableText.Of(Reason, MaxReason);
}
