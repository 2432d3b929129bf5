namespace Voxeltron.Cli.Demo;

/// <summary>One file of a generated set.</summary>
/// <param name="FileName">For the person; never sent.</param>
/// <param name="Bytes">What is sent.</param>
/// <param name="Scenario">What it was made to show.</param>
/// <param name="Expected">approve, pend, deny, or refused:CODE; for tests, the demo does not read it.</param>
public sealed record GeneratedRequest(string FileName, byte[] Bytes, string Scenario, string Expected);
