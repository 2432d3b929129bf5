using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Which key may sign for whom and when, as far as signatures lead back to the root key. Memory: one delegation per process ever started.</summary>
internal sealed class KeyRegistry
{
    private readonly byte[] _rootPublicKey;
    private readonly KeyId _rootKid;
    private readonly FindingList _findings;
    private readonly Dictionary<KeyId, List<Delegation>> _delegations = [];

    private KeyRegistry(byte[] rootPublicKey, FindingList findings)
    {
        _rootPublicKey = rootPublicKey;
        _rootKid = KeyId.Of(rootPublicKey);
        _findings = findings;
    }

    /// <summary>Null until a genesis entry names it.</summary>
    public Guid? Fabric { get; private set; }

    public IEnumerable<Delegation> LogKeys => _delegations.Values.SelectMany(static d => d).Where(static d => d.Role == KeyRoles.Log);

    private static StreamRef FabricStream => new(TenantId.Fabric, StreamId.System(TenantId.Fabric));

    /// <summary>
    /// Reads the fabric's system stream once for its delegations alone. A host's key is delegated in a stream that host may own itself,
    /// so keys are known before any stream is judged; the entries that carry them are judged like all others later.
    /// </summary>
    public static async Task<KeyRegistry> ReadAsync(ILogReader reader, byte[] rootPublicKey, FindingList findings, CancellationToken ct)
    {
        var registry = new KeyRegistry(rootPublicKey, findings);
        var first = true;
        await foreach (var entry in reader.Entries(FabricStream.Tenant, FabricStream.Stream, ct))
        {
            if (first && entry.Header.Kind != EntryKinds.Genesis)
            {
                break;
            }

            if (first || entry.Header.Kind == EntryKinds.KeyDelegated)
            {
                registry.Take(entry, isGenesis: first);
            }

            first = false;
        }

        if (registry.Fabric is null)
        {
            findings.Add(FindingCodes.GenesisMissing, FabricStream, 1, "The fabric's system stream does not begin with a usable genesis entry; no key can be trusted.");
        }

        return registry;
    }

    /// <returns>The public key, or null after adding the finding that says why the key may not sign here.</returns>
    public byte[]? Find(KeyId kid, string role, string subject, long timeUs, StreamRef? stream, long? seq)
    {
        if (role == KeyRoles.Root && kid == _rootKid && subject == Actors.Key(KeyRoles.Root, kid))
        {
            return _rootPublicKey;
        }

        var expired = false;
        foreach (var delegation in _delegations.GetValueOrDefault(kid) ?? [])
        {
            if (delegation.Role != role || delegation.Subject != subject)
            {
                continue;
            }

            if (delegation.IsValidAt(timeUs))
            {
                return delegation.Key;
            }

            expired = true;
        }

        var (code, message) = expired
            ? (FindingCodes.KeyNotValid, $"Key {kid} of {subject} was not valid at {timeUs} µs.")
            : (FindingCodes.KeyUnknown, $"Key {kid} is not delegated to act as {subject} in role '{role}'.");
        if (stream is { } place)
        {
            _findings.Add(code, place, seq, message);
        }
        else
        {
            _findings.Add(code, message);
        }

        return null;
    }

    private void Take(Entry entry, bool isGenesis)
    {
        JsonDocument body;
        try
        {
            body = JsonDocument.Parse(entry.Body.Utf8);
        }
        catch (JsonException)
        {
            // Reported as a body that is not canonical when the stream itself is judged.
            return;
        }

        using (body)
        {
            if (isGenesis)
            {
                TakeGenesis(body.RootElement);
            }
            else
            {
                Take(body.RootElement.GetMember("delegation"), entry.Header.Seq);
            }
        }
    }

    private void TakeGenesis(JsonElement body)
    {
        var root = body.GetObject("root");
        if (root?.GetBase64("key") is not { } key || !key.AsSpan().SequenceEqual(_rootPublicKey) || root.Value.GetText("kid") != _rootKid.Value)
        {
            _findings.Add(FindingCodes.GenesisInvalid, FabricStream, 1, $"Genesis does not name the given root key {_rootKid}: another fabric's log, or another fabric's key file.");
            return;
        }

        if (!Guid.TryParseExact(body.GetText("fabric"), "N", out var fabric) || body.GetMember("delegations") is not { ValueKind: JsonValueKind.Array } delegations)
        {
            _findings.Add(FindingCodes.GenesisInvalid, FabricStream, 1, "Genesis lacks the fabric id or its delegations.");
            return;
        }

        Fabric = fabric;
        foreach (var delegation in delegations.EnumerateArray())
        {
            Take(delegation, seq: 1);
        }
    }

    private void Take(JsonElement? json, long seq)
    {
        if (json is not { } element || Delegation.TryParse(element) is not { } delegation)
        {
            _findings.Add(FindingCodes.DelegationInvalid, FabricStream, seq, "A delegation is malformed.");
            return;
        }

        if (!HasFittingSubject(delegation) || !IsIssuedByTheRightKey(delegation))
        {
            _findings.Add(FindingCodes.DelegationInvalid, FabricStream, seq, $"The delegation of key {delegation.Kid} as {delegation.Subject} is not signed by a key that may delegate it.");
            return;
        }

        if (!_delegations.TryGetValue(delegation.Kid, out var known))
        {
            _delegations.Add(delegation.Kid, known = []);
        }

        known.Add(delegation);
    }

    private static bool HasFittingSubject(Delegation delegation) =>
        delegation.Role == KeyRoles.Host
            ? delegation.Subject.StartsWith("host/", StringComparison.Ordinal) && Guid.TryParseExact(delegation.Subject["host/".Length..], "N", out _)
            : KeyRoles.IsDelegable(delegation.Role) && delegation.Subject == Actors.Key(delegation.Role, delegation.Kid);

    private bool IsIssuedByTheRightKey(Delegation delegation)
    {
        if (delegation.Role == KeyRoles.Ca)
        {
            return delegation.Verify(_rootPublicKey);
        }

        foreach (var issuer in _delegations.GetValueOrDefault(delegation.Issuer) ?? [])
        {
            if (issuer.Role == KeyRoles.Ca && issuer.IsValidAt(delegation.NotBeforeUs) && delegation.Verify(issuer.Key))
            {
                return true;
            }
        }

        return false;
    }
}
