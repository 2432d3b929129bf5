namespace Voxeltron.Ninmu;

/// <summary>
/// Whether a provider is asked: after some failures in a row it rests, then one try says whether it is back. Not for several threads; times are
/// Unix microseconds, told by the caller.
/// </summary>
/// <remarks>
/// <code>
///  Closed ── MostFailures in a row, or a server that says when to come back ──► Open ── its pause is over ──► one try ── well ──► Closed
///                                                                                ▲                             └─ failed, the pause doubles ─┐
///                                                                                └───────────────────────────────────────────────────────────┘
/// </code>
/// </remarks>
public sealed class ProviderCircuit
{
    public const int MostFailures = 3;
    public const long FirstPauseUs = 5_000_000;
    public const long LongestPauseUs = 300_000_000;

    private int _failures;
    private long _pauseUs;
    private long _untilUs;
    private bool _isTried;

    /// <summary>Nobody asks it now.</summary>
    public bool IsOut(long nowUs) => _untilUs != 0 && (_isTried || nowUs < _untilUs);

    /// <summary>Somebody asks it, and tells <see cref="Succeeded"/>, <see cref="Failed"/> or <see cref="Left"/> afterwards.</summary>
    /// <returns>False: it is out.</returns>
    public bool TryEnter(long nowUs)
    {
        if (IsOut(nowUs))
        {
            return false;
        }

        _isTried = _untilUs != 0;
        return true;
    }

    public void Succeeded() => (_failures, _pauseUs, _untilUs, _isTried) = (0, 0, 0, false);

    /// <param name="retryAfterUs">When the server said it may be asked again, from now; null: it did not.</param>
    public void Failed(long nowUs, long? retryAfterUs)
    {
        var wasTry = _isTried;
        _isTried = false;
        _failures++;
        if (retryAfterUs is { } wait)
        {
            Open(nowUs, Math.Clamp(wait, 1, LongestPauseUs));
        }
        else if (wasTry || (_untilUs == 0 && _failures >= MostFailures))
        {
            _pauseUs = _pauseUs == 0 ? FirstPauseUs : Math.Min(_pauseUs * 2, LongestPauseUs);
            Open(nowUs, _pauseUs);
        }
    }

    /// <summary>It was asked, and that said nothing about it.</summary>
    public void Left() => _isTried = false;

    /// <summary>A try that began before another one's pause ends none of it.</summary>
    private void Open(long nowUs, long pauseUs) => _untilUs = Math.Max(_untilUs, nowUs + pauseUs);
}
