using System.Security.Cryptography;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

public sealed class CellKeyringTests
{
    [Fact]
    public void A_cell_key_signs_as_any_Ed25519_key_with_that_seed()
    {
        using var keyring = new CellKeyring(2, static seed => seed.Fill(7));
        using var key = keyring.Acquire();
        using var same = TestKeys.Signer(7);
        Assert.Equal(same.PublicKey, key.PublicKey);
        Assert.Equal(same.KeyId, key.KeyId);
        Assert.Equal(same.Sign("message"u8), key.Sign("message"u8));
        Assert.Equal(same.Sign([]), key.Sign([]));
        Assert.True(Ed25519.Verify(key.PublicKey, "message"u8, key.Sign("message"u8)));
    }

    [Fact]
    public void A_released_key_signs_no_more_and_its_slot_serves_the_next_cell()
    {
        using var keyring = new CellKeyring(1, RandomNumberGenerator.Fill);
        var first = keyring.Acquire();
        var refusal = Assert.Throws<VoxeltronException>(() => keyring.Acquire());
        Assert.Equal("cell_keys_exhausted", refusal.FaultCode);
        first.Dispose();
        first.Dispose();
        Assert.Throws<ObjectDisposedException>(() => first.Sign("x"u8));
        var second = keyring.Acquire();
        Assert.NotEqual(first.KeyId, second.KeyId);
        Assert.Throws<VoxeltronException>(() => keyring.Acquire());
    }

    [Fact]
    public void Refill_makes_keys_ahead_up_to_the_target_and_never_past_the_capacity()
    {
        using var keyring = new CellKeyring(4, RandomNumberGenerator.Fill);
        Assert.Equal(3, keyring.Refill(3));
        Assert.Equal(0, keyring.Refill(3));
        using var lent = keyring.Acquire();
        Assert.Equal(2, keyring.Ready);
        Assert.Equal(1, keyring.Refill(100));
        Assert.Equal(3, keyring.Ready);
    }

    [Fact]
    public void Disposing_the_keyring_takes_lent_keys_back()
    {
        var keyring = new CellKeyring(2, RandomNumberGenerator.Fill);
        var lent = keyring.Acquire();
        keyring.Dispose();
        keyring.Dispose();
        Assert.Throws<ObjectDisposedException>(() => lent.Sign("x"u8));
        Assert.Throws<ObjectDisposedException>(() => keyring.Acquire());
        lent.Dispose();
    }

    // Goal: a slot never signs for two cells. Method: many threads acquire, sign, verify and release at once.
    [Fact]
    public void Keys_stay_apart_under_many_threads()
    {
        using var keyring = new CellKeyring(16, RandomNumberGenerator.Fill);
        Parallel.For(0, 2_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            if (i % 10 == 0)
            {
                keyring.Refill(6);
            }

            using var key = keyring.Acquire();
            var message = BitConverter.GetBytes(i);
            Assert.True(Ed25519.Verify(key.PublicKey, message, key.Sign(message)));
        });
        Assert.InRange(keyring.Refill(16) + keyring.Ready, 0, 32);
        Assert.Equal(16, keyring.Ready);
    }
}
