using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>An entry before its stream gives it a seq, a time and a chain value.</summary>
public sealed record EntryDraft(string Kind, string Actor, EntryBody Body, byte[]? Payload, byte[]? Salt);

/// <summary>A payload with the salt its digest is taken under: 16 random bytes when written, the recorded ones when replayed.</summary>
public readonly record struct SaltedPayload(byte[] Payload, byte[] Salt)
{
    internal void WriteReference(JcsWriter json) => PayloadMember.Write(json, Salt, Payload);
}
