namespace Voxeltron.Cosmictron;

/// <summary>Why a step could not be taken: the circuit is as it was before.</summary>
/// <param name="Code">Of a <see cref="ViewFault"/>, or of <see cref="CircuitLimits"/>.</param>
/// <param name="Operator">Its description; empty when it is no single one.</param>
/// <param name="Views">Names of the views that ask for it, in the order they were given; all when it is no single operator.</param>
internal sealed record CircuitFault(string Code, string Message, string Operator, IReadOnlyList<string> Views);
