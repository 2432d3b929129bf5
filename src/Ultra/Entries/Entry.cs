namespace Voxeltron.Ultra;

/// <summary>One fact in a stream.</summary>
/// <param name="Body">JCS text, at most <see cref="Kernel.Limits.EntryBodyBytes"/>; integers only; never personal data.</param>
/// <param name="Payload">Verbatim bytes, erasable. Null when there never was one or when it was erased; the body tells which.</param>
/// <param name="PayloadSalt">16 bytes, present exactly when <paramref name="Payload"/> is: without it an erased payload cannot be guessed from its digest.</param>
/// <param name="Chain">SHA-256 over the previous entry's chain, the header and the body's digest.</param>
public sealed record Entry(EntryHeader Header, EntryBody Body, byte[]? Payload, byte[]? PayloadSalt, byte[] Chain);
