using System.Buffers.Binary;
using System.Security.Cryptography;
using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Tests.Unit.Cells;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Worker;

/// <summary>
/// Goal: only what a host of this fabric sealed for exactly this module, engine and processor is ever mapped. Method: good files, changed
/// in every way a file can be; what is refused is named in the log.
/// </summary>
public sealed class ArtifactStoreTests(CellFixture cells) : IClassFixture<CellFixture>, IDisposable
{
    private readonly ArtifactStand _stand = new();
    private readonly byte[] _artifact = [.. Enumerable.Range(0, 700).Select(static i => (byte)(i * 7))];
    private readonly ArtifactKey _key = new(ModuleDigest.Of([1]), new string('e', 64), "processor a b");

    public void Dispose() => _stand.Dispose();

    [Fact]
    public void What_was_put_is_found_whole_and_closed_to_everyone_else()
    {
        _stand.Store().Put(_key, _artifact);
        using var file = _stand.Store().TryOpen(_key)!;
        var bytes = File.ReadAllBytes(ArtifactStore.PathOf(file));
        Assert.Equal(_artifact, bytes[.._artifact.Length]);
        Assert.Equal(_key.Name + ".cwasm", Path.GetFileName(Assert.Single(_stand.Files())));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_stand.Files()[0]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_stand.Artifacts));
        Assert.Empty(_stand.Said.Lines);
    }

    [Fact]
    public void What_was_never_put_is_simply_not_there()
    {
        Assert.Null(_stand.Store().TryOpen(_key));
        Assert.Empty(_stand.Said.Lines);
    }

    [Fact]
    public void A_changed_bit_anywhere_in_artifact_or_seal_is_found()
    {
        var store = _stand.Store();
        store.Put(_key, _artifact);
        var place = _stand.Files()[0];
        var good = File.ReadAllBytes(place);
        for (var at = 0; at < good.Length; at++)
        {
            var changed = good.ToArray();
            changed[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(place, changed);
            Assert.True(store.TryOpen(_key) is null, $"byte {at} of {good.Length}");
            // It is gone, so that the one compiled anew takes its place.
            Assert.False(File.Exists(place));
        }

        Assert.Equal(good.Length, _stand.Said.Lines.Count(static line => line.Contains("is not used", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_truncation_and_an_extension_are_found()
    {
        var store = _stand.Store();
        store.Put(_key, _artifact);
        var place = _stand.Files()[0];
        var good = File.ReadAllBytes(place);
        for (var length = 0; length < good.Length; length++)
        {
            File.WriteAllBytes(place, good[..length]);
            Assert.True(store.TryOpen(_key) is null, $"{length} of {good.Length} bytes");
        }

        File.WriteAllBytes(place, [.. good, 0]);
        Assert.Null(store.TryOpen(_key));
        File.WriteAllBytes(place, [0, .. good]);
        Assert.Null(store.TryOpen(_key));
    }

    [Fact]
    public void A_seal_in_another_form_that_means_the_same_is_not_used()
    {
        var store = _stand.Store();
        store.Put(_key, _artifact);
        var place = _stand.Files()[0];
        var good = File.ReadAllBytes(place);
        // A space within the seal's JSON, and the length in the foot one more.
        byte[] changed = [.. good[..(_artifact.Length + 1)], (byte)' ', .. good[(_artifact.Length + 1)..]];
        BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(changed.Length - ArtifactFile.FootLength), good.Length - _artifact.Length - ArtifactFile.FootLength + 1);
        File.WriteAllBytes(place, changed);
        Assert.Null(store.TryOpen(_key));
        Assert.Contains("its seal is damaged", Assert.Single(_stand.Said.Lines), StringComparison.Ordinal);
    }

    public static TheoryData<string> Others => new("module", "engine", "processor");

    [Theory]
    [MemberData(nameof(Others))]
    public void An_artifact_of_another_module_engine_or_processor_is_not_used_under_this_name(string what)
    {
        var other = what switch
        {
            "module" => _key with { Module = ModuleDigest.Of([2]) },
            "engine" => _key with { Fingerprint = new string('f', 64) },
            _ => _key with { Processor = "processor a b c" },
        };
        var foreign = new ArtifactKey(other.Module, other.Fingerprint, other.Processor);
        Assert.NotEqual(_key.Name, foreign.Name);
        var store = _stand.Store();
        store.Put(foreign, _artifact);
        File.Move(_stand.Files()[0], Path.Combine(_stand.Artifacts, _key.Name + ".cwasm"));
        Assert.Null(store.TryOpen(_key));
        Assert.Contains("its signature is not over these bytes", Assert.Single(_stand.Said.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void An_artifact_another_fabric_s_host_sealed_is_not_used()
    {
        using var strange = new Ed25519Signer(RandomNumberGenerator.GetBytes(Ed25519.SeedBytes));
        _stand.Store(ca: strange).Put(_key, _artifact);
        Assert.Null(_stand.Store().TryOpen(_key));
        Assert.Contains("no host's of this fabric", Assert.Single(_stand.Said.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_seal_by_a_key_that_is_no_host_s_or_under_another_s_delegation_is_not_used()
    {
        var clock = _stand.Clock;
        var store = _stand.Store();
        using var ca = new Ed25519Signer(new byte[Ed25519.SeedBytes]);
        Assert.Equal(_stand.CaPublicKey, ca.PublicKey);
        using var thief = new Ed25519Signer(RandomNumberGenerator.GetBytes(Ed25519.SeedBytes));
        var genuine = HostIdentity.Create(ca, clock);
        // A good delegation, and a signature that the key in it did not make.
        Assert.Contains("its signature", Judge(genuine with { Signer = thief }), StringComparison.Ordinal);
        // A key the CA did delegate, for something else.
        var api = Delegation.ForKey(ca, thief.PublicKey, KeyRoles.Api, clock.NowUs(), clock.NowUs() + 1_000_000);
        var asApi = genuine with { Signer = thief, Delegation = IntentBuilder.KeyDelegated(ca, api, clock.NowUs(), Guid.CreateVersion7()) };
        Assert.Contains("no host's", Judge(asApi), StringComparison.Ordinal);
        Assert.Null(Judge(genuine));

        string? Judge(HostIdentity identity)
        {
            var sha256 = SHA256.HashData(_artifact);
            return ArtifactSeal.Judge(ArtifactSeal.Sign(identity, _key, sha256, _artifact.Length), ca.PublicKey, clock.NowUs(), _key, sha256, _artifact.Length);
        }
    }

    [Fact]
    public void A_seal_lasts_as_long_as_its_host_s_key()
    {
        var store = _stand.Store();
        store.Put(_key, _artifact);
        _stand.Clock.Advance(TimeSpan.FromDays(29));
        store.TryOpen(_key)!.Dispose();
        _stand.Clock.Advance(TimeSpan.FromDays(2));
        Assert.Null(store.TryOpen(_key));
        Assert.Contains("the time of its host's key is over", Assert.Single(_stand.Said.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Beyond_its_bound_the_store_lets_go_what_was_not_used_for_longest()
    {
        var keys = Enumerable.Range(0, 4).Select(i => new ArtifactKey(ModuleDigest.Of([(byte)i]), _key.Fingerprint, _key.Processor)).ToList();
        var artifact = new byte[1_500];
        _stand.Store().Put(_key, artifact);
        var length = new FileInfo(_stand.Files()[0]).Length;
        File.Delete(_stand.Files()[0]);
        // Room for two and a half.
        var store = _stand.Store(mostBytes: length * 5 / 2);
        Put(0);
        Put(1);
        Use(0);
        Put(2);
        Assert.Null(store.TryOpen(keys[1]));
        Use(2);
        Use(0);
        Put(3);
        Assert.Null(store.TryOpen(keys[2]));
        Use(0);
        Use(3);
        Assert.Empty(_stand.Said.Lines);

        void Put(int i)
        {
            _stand.Clock.Advance(TimeSpan.FromSeconds(1));
            store.Put(keys[i], artifact);
            File.SetLastWriteTimeUtc(Path.Combine(_stand.Artifacts, keys[i].Name + ".cwasm"), _stand.Clock.GetUtcNow().UtcDateTime);
        }

        void Use(int i)
        {
            _stand.Clock.Advance(TimeSpan.FromSeconds(1));
            store.TryOpen(keys[i])!.Dispose();
        }
    }

    [Fact]
    public void A_directory_that_cannot_be_written_is_said_once_and_costs_nothing_but_the_file()
    {
        // A file where a directory of the path should be: nobody, root included, makes anything below it.
        var blocked = Path.Combine(_stand.Root, "blocked");
        File.WriteAllText(blocked, "");
        var store = _stand.Store(directory: Path.Combine(blocked, "artifacts"));
        store.Put(_key, _artifact);
        store.Put(_key, _artifact);
        Assert.Null(store.TryOpen(_key));
        Assert.Contains("was not stored", Assert.Single(_stand.Said.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_larger_than_the_store_is_not_stored_and_the_setting_is_named()
    {
        _stand.Store(mostBytes: 500).Put(_key, _artifact);
        Assert.Empty(_stand.Files());
        Assert.Contains("worker.artifact_mib", Assert.Single(_stand.Said.Lines), StringComparison.Ordinal);
        _stand.Store(mostBytes: 0).Put(_key, _artifact);
        Assert.Single(_stand.Said.Lines);
    }

    [Fact]
    public void Drafts_that_a_killed_worker_left_go_after_an_hour()
    {
        Directory.CreateDirectory(_stand.Artifacts);
        var (old, young) = (Path.Combine(_stand.Artifacts, "a.old.draft"), Path.Combine(_stand.Artifacts, "a.young.draft"));
        File.WriteAllText(old, "half");
        File.WriteAllText(young, "half");
        File.SetLastWriteTimeUtc(old, _stand.Clock.GetUtcNow().UtcDateTime - TimeSpan.FromHours(2));
        _stand.Store().Put(_key, _artifact);
        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
    }

    [Fact]
    public async Task Workers_that_write_and_read_one_key_at_once_see_a_whole_file_or_none()
    {
        var seen = 0;
        var others = Enumerable.Range(0, 3).Select(worker => Task.Run(() =>
        {
            var store = _stand.Store();
            for (var i = 0; i < 200; i++)
            {
                // Artifacts of one key need not have the same bytes.
                var artifact = _artifact.ToArray();
                artifact[0] = (byte)worker;
                store.Put(_key, artifact);
                using var file = store.TryOpen(_key);
                Interlocked.Add(ref seen, file is null ? 0 : 1);
            }
        }));
        await Task.WhenAll(others);
        Assert.Equal(600, seen);
        Assert.Empty(_stand.Said.Lines);
        Assert.Single(_stand.Files());
    }

    [Fact]
    public void The_file_that_was_verified_is_the_one_mapped_whatever_lies_in_its_place_since()
    {
        var store = _stand.Store();
        store.Put(_key, _artifact);
        using var file = store.TryOpen(_key)!;
        var forged = Path.Combine(_stand.Root, "forged");
        File.WriteAllBytes(forged, new byte[_artifact.Length]);
        File.Move(forged, _stand.Files()[0], overwrite: true);
        Assert.Equal(_artifact, File.ReadAllBytes(ArtifactStore.PathOf(file))[.._artifact.Length]);
    }

    [Fact]
    public void The_engine_takes_nothing_that_is_no_artifact_even_under_a_good_seal()
    {
        var store = _stand.Store();
        var wasm = CellFixture.Guest("caller");
        var module = cells.Engine.Inspect(wasm, ModuleDigest.Of(wasm));
        var key = ArtifactStand.Key(module.Digest, cells.Engine);
        store.Put(key, _artifact);
        using var file = store.TryOpen(key)!;
        Assert.Throws<ArtifactException>(() => cells.Engine.Map(module, ArtifactStore.PathOf(file)));
        Assert.Throws<ArtifactException>(() => cells.Engine.Load(module, _artifact));
    }
}
