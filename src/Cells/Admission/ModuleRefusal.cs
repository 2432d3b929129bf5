namespace Voxeltron.Cells;

/// <summary>A refusal's code and its reason for the uploader.</summary>
internal sealed record ModuleRefusal(string Code, string Reason);
