namespace Voxeltron.Cli.Demo;

/// <summary>
/// One requested service. System is the short name of the coverage file (hcpcs or x12-1365); an empty code leaves the coding
/// out; quantity is JSON text, null when none is given.
/// </summary>
public sealed record LineDraft(string System, string Code, string Display, string? Quantity = null, string? ServicedDate = null);
