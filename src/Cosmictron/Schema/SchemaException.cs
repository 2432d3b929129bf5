using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>A table declaration that no store can hold. The message names table, member and rule.</summary>
public sealed class SchemaException(string message) : VoxeltronException("schema_invalid", message);
