using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Voxeltron.Ninmu;

/// <summary>
/// Specs already checked, by the digest of their bytes: a host with a thousand missions of one kind keeps one spec and reads it
/// once. Shared by all streams of a process; nothing of a mission is in it, so it may be emptied at any time.
/// </summary>
public sealed class SpecShelf
{
    /// <summary>What is kept at most, in specs and in bytes of their documents. Beyond either all are dropped: those in use live on with their missions.</summary>
    public const int MostSpecs = 256;
    public const int MostBytes = 8 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, SpecResult> _specs = new(StringComparer.Ordinal);
    private int _bytes;

    public int Count => _specs.Count;

    /// <summary>As <see cref="MissionSpec.Parse"/>. A refusal is not kept: whoever sends rubbish pays for it each time.</summary>
    public SpecResult Parse(ReadOnlySpan<byte> json)
    {
        var digest = Convert.ToHexString(SHA256.HashData(json));
        if (_specs.TryGetValue(digest, out var known))
        {
            return known;
        }

        var parsed = MissionSpec.Parse(json);
        if (parsed.Spec is not null)
        {
            Keep(digest, parsed, json.Length);
        }

        return parsed;
    }

    private void Keep(string digest, SpecResult parsed, int bytes)
    {
        if (_specs.Count >= MostSpecs || Volatile.Read(ref _bytes) + bytes > MostBytes)
        {
            _specs.Clear();
            Interlocked.Exchange(ref _bytes, 0);
        }

        if (_specs.TryAdd(digest, parsed))
        {
            Interlocked.Add(ref _bytes, bytes);
        }
    }
}
