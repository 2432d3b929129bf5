namespace Voxeltron.Postgres;

/// <summary>One durable entry without its payload.</summary>
/// <param name="PayloadSize">Bytes; null when it never had one or it was erased.</param>
public sealed record EventRow(long Seq, long Epoch, DateTime Time, string Kind, string Actor, string Body, int? PayloadSize);

/// <summary>One <c>action</c> entry.</summary>
/// <param name="Payload">Null after erasure.</param>
public sealed record ActionRow(long Seq, string Body, byte[]? Payload);

/// <summary>Where an intent stands.</summary>
/// <param name="ConsumedSeq">Null while no owner has appended it.</param>
/// <param name="Refusal">Set when the owner appended it and refused what it asks for.</param>
public sealed record IntentState(long? ConsumedSeq, IntentRefusal? Refusal);

/// <summary>An <c>intent.refused</c> entry.</summary>
/// <param name="Payload">UTF-8 JSON <c>{"errors":[{"path","code","reason"}]}</c>, or null.</param>
public sealed record IntentRefusal(long Seq, string Body, byte[]? Payload);

/// <param name="Kind">module.reloaded, module.restored or intent.refused.</param>
/// <param name="Payload">Of a refusal: its reasons.</param>
public sealed record AnsweredReload(long Seq, string Kind, string Body, byte[]? Payload);
