namespace Voxeltron.Kernel;

/// <summary>Why a request got no answer, beside <see cref="BrokerCodes"/>. Stable words: they stand in entries and in what a cell is told.</summary>
public static class RequestCodes
{
    /// <summary>Not answered whole in the time the request has.</summary>
    public const string Timeout = "timeout";

    /// <summary>The certificate is not one the profile trusts, or is for another name; or the handshake failed.</summary>
    public const string TlsFailed = "tls_failed";

    /// <summary>The connection ended before the answer did.</summary>
    public const string ConnectionLost = "connection_lost";

    public const string ResponseTooLarge = "response_too_large";
    public const string HeadersTooLarge = "response_headers_too_large";

    /// <summary>What came is no HTTP/1.1.</summary>
    public const string ResponseMalformed = "response_malformed";

    public const string TooManyRedirects = "too_many_redirects";

    /// <summary>A redirect to a place no grant covers.</summary>
    public const string RedirectDenied = "redirect_denied";

    /// <summary>The request was erased from the log before it was answered, so it cannot be sent again.</summary>
    public const string Erased = "request_erased";

    /// <summary>The profile is of another tenant.</summary>
    public const string OtherTenant = "egress_other_tenant";

    /// <summary>This machine cannot make namespaces, or nobody runs the broker.</summary>
    public const string Unavailable = "egress_unavailable";

    /// <summary>The mission's budget does not allow its worst case: it never left.</summary>
    public const string BudgetExhausted = "budget_exhausted";

    /// <summary>Something of it may have reached a server, or come from one. The others ended before there was a connection to write to.</summary>
    public static bool MayHaveLeft(string code) => code is Timeout or ConnectionLost or ResponseTooLarge or HeadersTooLarge or ResponseMalformed or TooManyRedirects or RedirectDenied;

    /// <summary>A verdict: the place may not be reached. The others say that it could not be.</summary>
    public static bool IsRefusal(string code) => code is RedirectDenied or BrokerCodes.Denied or BrokerCodes.AddressForbidden
        or BrokerCodes.ProfileForged or BrokerCodes.ProfileExpired or BrokerCodes.ProfileRevoked;
}
