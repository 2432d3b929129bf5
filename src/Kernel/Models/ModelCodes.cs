namespace Voxeltron.Kernel;

/// <summary>
/// Why a model call got no answer (the first four), and why one provider gave none, beside <see cref="RequestCodes"/> and <see cref="BrokerCodes"/>.
/// Stable words: they stand in entries and, the first ones, in what a cell is told.
/// </summary>
public static class ModelCodes
{
    /// <summary>No provider of the tenant has the class and the room, or nobody declared any.</summary>
    public const string NoProvider = "no_provider";

    /// <summary>Those that would do are external, and the air gap is on. Of a try: it was cut.</summary>
    public const string AirGapped = "air_gapped";

    /// <summary>All that would do were tried, or are out.</summary>
    public const string Failed = "model_failed";

    /// <summary>Reserved: what the mission may spend on models is spent.</summary>
    public const string BudgetExhausted = "budget_exhausted";

    /// <summary>It failed so often that it is not asked for a while.</summary>
    public const string Out = "provider_out";

    /// <summary>The file with its key is not there, or not fit to be one.</summary>
    public const string KeyMissing = "key_missing";

    /// <summary>401 or 403.</summary>
    public const string KeyRefused = "key_refused";

    /// <summary>429.</summary>
    public const string RateLimited = "rate_limited";

    /// <summary>Another 4xx: what was asked is not to its taste. Others may take it.</summary>
    public const string RequestRejected = "request_rejected";

    /// <summary>5xx, or a redirect: nobody is followed with a prompt.</summary>
    public const string ServerFailed = "server_failed";

    /// <summary>What came is not what such a server answers.</summary>
    public const string AnswerMalformed = "answer_malformed";

    /// <summary>It has no text.</summary>
    public const string AnswerEmpty = "answer_empty";

    /// <summary>JSON was asked for, and the text is none.</summary>
    public const string AnswerNotJson = "answer_not_json";

    /// <summary>The provider itself is well; it says nothing about the next request.</summary>
    /// <remarks>What the request asked for, or our own machine and its papers, is no fault of the provider: a cell must not be able to take one from its tenant, nor a restart of the broker.</remarks>
    public static bool SparesProvider(string code) => code is AirGapped or RequestRejected or AnswerNotJson or AnswerEmpty or KeyMissing
        or RequestCodes.Unavailable or RequestCodes.ResponseTooLarge or BrokerCodes.Away or BrokerCodes.ProfileForged or BrokerCodes.ProfileExpired or BrokerCodes.ProfileRevoked
        or BrokerCodes.NoSpace or BrokerCodes.Stale or BrokerCodes.Failed;
}
