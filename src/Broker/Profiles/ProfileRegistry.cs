using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Broker;

/// <summary>Which profiles are good: signed by an operator, in time, not revoked. Any thread.</summary>
internal sealed class ProfileRegistry(IReadOnlyList<byte[]> keys, SerialFile serials, string? withdrawnFile, SpaceKeeper keeper)
{
    private readonly Lock _gate = new();
    private readonly ChangingFile<HashSet<string>> _withdrawn = new(
        withdrawnFile, [], static lines => [.. lines.Select(static line => line.Trim().ToLowerInvariant()).Where(static line => line.Length > 0 && line[0] != '#')]);

    // Guarded by _gate. Good ones, by what there is one at a time of: at equal serials the operator signed both.
    private readonly Dictionary<string, ProfilePool> _known = [];

    /// <returns>The pool, declared once more; or why not.</returns>
    /// <exception cref="VoxeltronException">A code of <see cref="BrokerCodes"/>.</exception>
    public ProfilePool Declare(JsonElement envelope)
    {
        var credential = EgressCredential.TryParse(envelope, out var error)
            ?? throw new VoxeltronException(BrokerCodes.ProfileForged, error.Path.Length == 0 ? error.Reason : $"{error.Path}: {error.Reason}");
        if (credential.SignedBy(keys) is null)
        {
            throw new VoxeltronException(
                BrokerCodes.ProfileForged, $"Profile {credential.Profile.Name} ({credential.Digest[..12]}) is signed by none of the operators whose keys this broker was given.");
        }

        ThrowIfNoGood(credential.Digest, credential.Profile);
        List<ProfilePool> revoked;
        ProfilePool pool;
        bool isNew;
        lock (_gate)
        {
            var highest = serials.Of(credential.Profile.Tenant.Value, credential.Profile.Name);
            if (credential.Profile.Serial < highest)
            {
                throw new VoxeltronException(
                    BrokerCodes.ProfileRevoked, $"Profile {credential.Profile.Name} has serial {credential.Profile.Serial}; {highest} was seen, which revokes it.");
            }

            if (credential.Profile.Serial > highest)
            {
                serials.Raise(credential.Profile.Tenant.Value, credential.Profile.Name, credential.Profile.Serial);
            }

            revoked = [.. _known.Values.Where(other =>
                other.Profile.Tenant == credential.Profile.Tenant && other.Profile.Name == credential.Profile.Name && other.Profile.Serial < credential.Profile.Serial)];
            revoked.ForEach(one => _known.Remove(one.Digest));
            pool = keeper.Declare(credential.Digest, credential.Profile);
            isNew = !_known.TryGetValue(credential.Digest, out var known) || known != pool;
            _known[credential.Digest] = pool;
        }

        foreach (var one in revoked)
        {
            BrokerLog.Write("profile_revoked", $"{one.Profile.Tenant.Value}/{one.Profile.Name} serial {one.Profile.Serial} by {credential.Profile.Serial}");
            keeper.Revoke(one);
        }

        if (isNew)
        {
            BrokerLog.Write("profile_declared", $"{credential.Profile.Tenant.Value}/{credential.Profile.Name} serial {credential.Profile.Serial} digest {credential.Digest}");
        }

        return pool;
    }

    /// <summary>Before each use: time goes on, and operators withdraw.</summary>
    /// <exception cref="VoxeltronException"><c>egress_profile_expired</c>, <c>egress_profile_revoked</c></exception>
    public void ThrowIfNoGood(ProfilePool pool)
    {
        if (pool.IsRevoked)
        {
            throw new VoxeltronException(BrokerCodes.ProfileRevoked, $"Profile {pool.Profile.Name} serial {pool.Profile.Serial} was revoked.");
        }

        try
        {
            ThrowIfNoGood(pool.Digest, pool.Profile);
        }
        catch (VoxeltronException over) when (over is not UnknownListException)
        {
            lock (_gate)
            {
                _known.Remove(pool.Digest);
            }

            keeper.Revoke(pool);
            throw;
        }
    }

    /// <summary>Looks at all of them, so that a profile ends on time though nobody asks for it; and forgets those nobody uses.</summary>
    public void EndThoseThatAreOver()
    {
        List<ProfilePool> known;
        lock (_gate)
        {
            foreach (var gone in _known.Values.Where(static pool => pool.IsGone).ToList())
            {
                _known.Remove(gone.Digest);
            }

            known = [.. _known.Values];
        }

        foreach (var pool in known)
        {
            try
            {
                ThrowIfNoGood(pool);
            }
            catch (VoxeltronException over)
            {
                BrokerLog.Write("profile_over", over.Message);
            }
        }
    }

    private void ThrowIfNoGood(string digest, EgressProfile profile)
    {
        if (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000 >= profile.NotAfterUs)
        {
            throw new VoxeltronException(
                BrokerCodes.ProfileExpired, $"Profile {profile.Name} was good until {DateTimeOffset.FromUnixTimeMilliseconds(profile.NotAfterUs / 1000):yyyy-MM-dd'T'HH:mm:ss'Z'}.");
        }

        var withdrawn = _withdrawn.Look(out var isUnknown);
        if (isUnknown)
        {
            // Somebody wrote a list to be heeded: a mode of the file must not be why it is not. Nothing is revoked for it, only refused.
            throw new UnknownListException(
                $"Which profiles are withdrawn cannot be read from {withdrawnFile}: the broker's user must be able to read that file. Until then none is good.");
        }

        if (withdrawn.Contains(digest))
        {
            throw new VoxeltronException(BrokerCodes.ProfileRevoked, $"Profile {profile.Name} ({digest[..12]}) was withdrawn by the operator.");
        }
    }

    /// <summary>Refused for now, by the word for what it may be.</summary>
    private sealed class UnknownListException(string message) : VoxeltronException(BrokerCodes.ProfileRevoked, message);
}
