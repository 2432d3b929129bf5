using System.Collections.Concurrent;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Whether an inbox row is what a delegated key signed, for the stream it lies in. A row that is not never reaches the
/// log: it stays in the inbox, where <c>audit.inbox_pending</c> shows it, and the host says so once.
/// </summary>
internal sealed partial class IntentCheck(byte[] rootPublicKey, IJournal journal, TimeProvider clock, ILogger<IntentCheck> log) : IDisposable
{
    /// <summary>How far another machine's clock may run ahead of ours.</summary>
    private const long MostAheadUs = 300_000_000;

    /// <summary>Rows remembered as refused, or as spoken of. One beyond it is judged and told of once more: 0.1 ms and a line.</summary>
    private const int MostRemembered = 65_536;

    private static readonly TimeSpan ReloadEvery = TimeSpan.FromSeconds(1);

    private readonly IntentSignatureCheck _signatures = new();
    private readonly ConcurrentDictionary<KeyId, Delegation> _keys = new();
    private readonly RecentIds _refused = new(MostRemembered);

    // Their keys may yet be delegated, so they are judged at every sweep; the log hears of each once.
    private readonly RecentIds _waiting = new(MostRemembered);
    private readonly KeyId _root = KeyId.Of(rootPublicKey);
    private readonly SemaphoreSlim _loading = new(1, 1);
    private long _readSeq;
    private long _loadedAt;

    public async ValueTask<bool> IsGenuineAsync(Intent intent, CancellationToken cancel)
    {
        if (_refused.Contains(intent.Id))
        {
            return false;
        }

        if (intent.Signer != _root && !_keys.ContainsKey(intent.Signer))
        {
            await LoadAsync(cancel);
        }

        if (!TryKey(intent, out var key, out var reason))
        {
            // Not for ever: the key may be delegated in the next second.
            if (_waiting.Add(intent.Id))
            {
                LogWaiting(log, intent.Id, intent.Tenant.Value, intent.Kind, reason);
            }

            return false;
        }

        reason = Judge(intent, key);
        if (reason is null)
        {
            Learn(intent.Kind, intent.Body);
            return true;
        }

        if (_refused.Add(intent.Id))
        {
            LogRefused(log, intent.Id, intent.Tenant.Value, intent.Kind, reason);
        }

        return false;
    }

    private bool TryKey(Intent intent, out byte[] key, out string? reason)
    {
        key = rootPublicKey;
        reason = null;
        if (intent.Signer == _root)
        {
            return true;
        }

        if (!_keys.TryGetValue(intent.Signer, out var delegation))
        {
            reason = $"key {intent.Signer} is not delegated";
            return false;
        }

        key = delegation.Key;
        return true;
    }

    public void Dispose() => _loading.Dispose();

    private string? Judge(Intent intent, byte[] key)
    {
        if (!_signatures.Verify(key, intent.Body, intent.Signature))
        {
            return "the signature is not of this body";
        }

        using var document = JsonDocument.Parse(intent.Body.Utf8);
        var body = document.RootElement;
        if (IntentHeader.TryParse(body) is not { } header || header.Id != intent.Id || header.Tenant != intent.Tenant
            || header.Stream != intent.Stream || header.Kind != intent.Kind || header.Actor != intent.Actor)
        {
            return "the signed intent was made for another row";
        }

        var digest = body.TryGetProperty(PayloadMember.Name, out var payload) ? payload.GetProperty("digest").GetString() : null;
        var actual = intent.Payload is null || intent.Salt is null ? null : PayloadDigest.Hex(intent.Salt, intent.Payload);
        return digest == actual ? JudgeActor(intent, header) : "the payload is not the one that was signed";
    }

    /// <summary>Judged at the time the intent was signed: one that waited while its key ran out is still good.</summary>
    private string? JudgeActor(Intent intent, IntentHeader header)
    {
        if (intent.Signer == _root)
        {
            return IntentRoles.MaySign(KeyRoles.Root, intent.Kind) && intent.Actor == Actors.Key(KeyRoles.Root, _root) ? null : $"the root key signs no {intent.Kind}";
        }

        var delegation = _keys[intent.Signer];
        if (!delegation.IsValidAt(header.TimeUs) || header.TimeUs > clock.NowUs() + MostAheadUs)
        {
            return $"key {intent.Signer} was not valid when it signed";
        }

        return delegation.Subject == intent.Actor && IntentRoles.MaySign(delegation.Role, intent.Kind)
            ? null
            : $"key {intent.Signer} ({delegation.Role}) may not sign {intent.Kind} as {intent.Actor}";
    }

    /// <summary>Reads delegations appended since the last look; at most once a second, so that forged rows cost little.</summary>
    private async Task LoadAsync(CancellationToken cancel)
    {
        // Not cancellable: whoever loads is, and ends soon. A wait that is costs a detour over the thread pool, which a simulated
        // clock does not see.
        await _loading.WaitAsync(CancellationToken.None);
        try
        {
            if (_loadedAt != 0 && clock.GetElapsedTime(_loadedAt) < ReloadEvery)
            {
                return;
            }

            await foreach (var entry in journal.ReadAsync(TenantId.Fabric, StreamId.System(TenantId.Fabric), _readSeq, cancel))
            {
                _readSeq = entry.Header.Seq;
                Learn(entry.Header.Kind, entry.Body);
            }

            _loadedAt = clock.GetTimestamp();
        }
        finally
        {
            _loading.Release();
        }
    }

    private void Learn(string kind, EntryBody text)
    {
        if (kind is not (EntryKinds.Genesis or EntryKinds.KeyDelegated))
        {
            return;
        }

        using var document = JsonDocument.Parse(text.Utf8);
        var body = document.RootElement;
        if (body.TryGetProperty("delegation", out var one))
        {
            Learn(one);
        }

        if (body.TryGetProperty("delegations", out var many) && many.ValueKind == JsonValueKind.Array)
        {
            foreach (var delegation in many.EnumerateArray())
            {
                Learn(delegation);
            }
        }
    }

    private void Learn(JsonElement json)
    {
        if (Delegation.TryParse(json) is not { } delegation)
        {
            return;
        }

        var issuer = delegation.Issuer == _root
            ? rootPublicKey
            : _keys.TryGetValue(delegation.Issuer, out var ca) && ca.Role == KeyRoles.Ca ? ca.Key : null;
        if (issuer is not null && delegation.Verify(issuer))
        {
            _keys[delegation.Kid] = delegation;
        }
    }

    [LoggerMessage(2, LogLevel.Warning, "Inbox row {Inbox} of tenant {Tenant} ({Kind}) waits: {Reason}.")]
    private static partial void LogWaiting(ILogger log, Guid inbox, string tenant, string kind, string? reason);

    [LoggerMessage(1, LogLevel.Error, "Inbox row {Inbox} of tenant {Tenant} ({Kind}) is not appended: {Reason}. Find out who wrote it; audit.inbox_pending shows it.")]
    private static partial void LogRefused(ILogger log, Guid inbox, string tenant, string kind, string reason);
}
