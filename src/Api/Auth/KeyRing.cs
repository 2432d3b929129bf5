using System.Collections.Concurrent;
using System.Security.Cryptography;
using Voxeltron.Hosting;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Auth;

/// <summary>
/// Decides whether a token opens anything. Rows are remembered for at most a second, so a revoked key works no longer than that
/// and a burst of requests asks the database once. Unknown ids are remembered too: guessing does not reach the database twice.
/// </summary>
internal sealed class KeyRing(ApiKeyQueries queries, TimeProvider clock)
{
    private static readonly TimeSpan s_memory = TimeSpan.FromSeconds(1);

    /// <summary>Ids remembered at once. Emptied when full: then every live key costs one more query, which is harmless.</summary>
    private const int MaxRemembered = 4096;

    private static readonly byte[] s_noSecret = new byte[SHA256.HashSizeInBytes];
    private readonly ConcurrentDictionary<string, (ApiKeyRow? Row, long Asked)> _remembered = new();

    /// <returns>Null for a malformed, unknown, wrong, expired or revoked key: the caller cannot tell which, and neither may the client.</returns>
    public async ValueTask<ApiKeyRow?> OpenAsync(string? token, CancellationToken cancel)
    {
        if (!ApiKeyText.TryParse(token, out var text))
        {
            return null;
        }

        var key = await FindAsync(text.KeyId, cancel);
        // Compared also when the id is unknown, so that both take the same time.
        var matches = text.Matches(key?.SecretSha256 ?? s_noSecret);
        return matches && key is not null && IsLive(key) ? key : null;
    }

    /// <summary>The key behind a cookie, if it still lives.</summary>
    public async ValueTask<ApiKeyRow?> FindLiveAsync(string keyId, CancellationToken cancel) =>
        await FindAsync(keyId, cancel) is { } key && IsLive(key) ? key : null;

    private bool IsLive(ApiKeyRow key) => key.IsLive(clock.GetUtcNow().UtcDateTime);

    private async ValueTask<ApiKeyRow?> FindAsync(string keyId, CancellationToken cancel)
    {
        var now = clock.GetTimestamp();
        if (_remembered.TryGetValue(keyId, out var known) && clock.GetElapsedTime(known.Asked, now) < s_memory)
        {
            return known.Row;
        }

        var row = await queries.FindAsync(keyId, cancel);
        if (_remembered.Count >= MaxRemembered)
        {
            _remembered.Clear();
        }

        // Aged from before the query: a revocation that lands meanwhile must not gain time.
        _remembered[keyId] = (row, now);
        return row;
    }
}
