namespace Voxeltron.Ninmu;

/// <summary>One thing wrong with a spec: where (<c>tasks[2].dependsOn[0]</c>), which rule, and what to do.</summary>
public sealed record SpecError(string Path, string Code, string Reason);

/// <summary>A spec, or every error found in the document; never both.</summary>
public sealed record SpecResult(MissionSpec? Spec, IReadOnlyList<SpecError> Errors);
