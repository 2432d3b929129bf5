namespace Voxeltron.Cli.Demo;

/// <summary>One reason of a decision, refusal or failure; line 0 is the whole request.</summary>
public sealed record VerdictReason(string Code, long Line, string? Detail);
