using Voxeltron.Kernel;

namespace Voxeltron.Execution;

/// <summary>A payload the law took away. Whoever needs it reports <c>erased</c>, never a divergence.</summary>
public sealed class PayloadErasedException(string message) : VoxeltronException("payload_erased", message);
