using System.Security.Cryptography;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

public sealed class Sha256Tests
{
    [Fact]
    public void Every_short_length_and_both_sides_of_the_limit_agree_with_the_runtime()
    {
        var bytes = new byte[5_000];
        new Random(20261124).NextBytes(bytes);
        foreach (var length in Enumerable.Range(0, 300).Concat([4_095, 4_096, 4_097, 5_000]))
        {
            Assert.Equal(SHA256.HashData(bytes.AsSpan(0, length)), Sha256.Hash(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void The_standard_s_vector_comes_out() => Assert.Equal(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Convert.ToHexStringLower(Sha256.Hash("abc"u8)));

    [Fact]
    public void A_digest_may_overwrite_its_message()
    {
        var bytes = "abcdefghijklmnopqrstuvwxyz0123456789"u8.ToArray();
        var expected = SHA256.HashData(bytes);
        Sha256.Hash(bytes, bytes);
        Assert.Equal(expected, bytes[..Sha256.Bytes]);
    }

    [Fact]
    public void Too_little_room_is_refused() => Assert.ThrowsAny<ArgumentException>(static () => Sha256.Hash("abc"u8, new byte[31]));

    [Fact]
    public void Where_the_project_is_built_the_fast_way_is_taken() => Assert.True(Sha256.IsDirect || !OperatingSystem.IsLinux());
}
