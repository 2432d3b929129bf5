namespace Voxeltron.Ultra;

/// <summary>Fills a seed with secret random bytes. In production <c>RandomNumberGenerator.Fill</c>: this library takes randomness only as an argument.</summary>
public delegate void SeedSource(Span<byte> seed);
