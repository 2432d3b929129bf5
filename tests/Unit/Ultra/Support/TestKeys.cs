using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>Fixed keys of a fabric, the same in every run, so that bytes can be compared with committed ones.</summary>
public sealed class TestKeys
{
    public Ed25519Signer Root { get; } = Signer(1);

    public Ed25519Signer Ca { get; } = Signer(2);

    public Ed25519Signer Api { get; } = Signer(3);

    public Ed25519Signer Sre { get; } = Signer(4);

    public Ed25519Signer Operator { get; } = Signer(5);

    public Ed25519Signer Log { get; } = Signer(6);

    public string ApiActor => Actors.Key(KeyRoles.Api, Api.KeyId);

    /// <param name="number">Every byte of the seed.</param>
    public static Ed25519Signer Signer(byte number) => new(Enumerable.Repeat(number, Ed25519.SeedBytes).ToArray());

    /// <summary>A uuid with a readable tail.</summary>
    public static Guid Id(int number) => new($"00000000-0000-0000-0000-{number:x12}");
}
