namespace Voxeltron.Cli.Fabric;

/// <summary>What a process answered when asked whether it can do its work.</summary>
/// <param name="IsReady">True only if it said so.</param>
/// <param name="Text">For a person: "ready", or what is wrong.</param>
public sealed record Readiness(bool IsReady, string Text);
