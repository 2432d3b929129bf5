using System.Text.Json;
using System.Text.Json.Serialization;

namespace Voxeltron.Kernel;

/// <summary>
/// What worker and broker say to each other: one JSON object a datagram on a Unix socket of type SEQPACKET, at most
/// <see cref="BrokerProtocol.MostBytes"/>. A request has a number of the worker's choice; its answer has the same, and answers come in any order.
/// </summary>
/// <remarks>
/// <code>
/// hello    → ok                        once, first; refused when versions differ or the peer is not allowed
/// profile  envelope → digest           once a connection and profile; the broker checks the operator's signature
/// take     digest → space, generation  a namespace nobody has, from the pool (hit) or made now (miss)
/// connect  space, generation, host, port → address, and the connected descriptor by SCM_RIGHTS
/// forget   digest → ok                 nobody here uses the profile any more; what is taken of it stays taken
/// release  space, generation → ok      its sockets die, its connections are forgotten, its generation ends
/// </code>
/// A worker whose connection ends has released everything. A broker that ends takes all namespaces with it; open descriptors die.
/// </remarks>
public static class BrokerProtocol
{
    public const int Version = 1;

    public const int MostBytes = 128 * 1024;

    public const string Hello = "hello";
    public const string Profile = "profile";
    public const string Forget = "forget";
    public const string Take = "take";
    public const string Connect = "connect";
    public const string Release = "release";
}

/// <param name="Id">Chosen by the worker, unique among its unanswered requests.</param>
/// <param name="Op">One of the words of <see cref="BrokerProtocol"/>.</param>
public sealed record BrokerRequest(long Id, string Op)
{
    public int? Version { get; init; }

    /// <summary>Of <c>profile</c>: the DSSE envelope as it stands in the spec.</summary>
    public JsonElement? Envelope { get; init; }

    /// <summary>Of <c>take</c> and <c>forget</c>: SHA-256 of the profile's signed bytes, lower-case hex.</summary>
    public string? Digest { get; init; }

    /// <summary>Of <c>connect</c> and <c>release</c>.</summary>
    public int? Space { get; init; }

    public long? Generation { get; init; }

    /// <summary>A name or a literal address, as <see cref="EgressUrl.Host"/> has it.</summary>
    public string? Host { get; init; }

    public int? Port { get; init; }

    /// <summary>The scheme is https: without it the grant must allow plain http.</summary>
    public bool? Tls { get; init; }

    public int? TimeoutMs { get; init; }
}

/// <param name="Id">The request's.</param>
/// <param name="Code">Null when it was done; else one of <see cref="BrokerCodes"/>.</param>
/// <param name="Reason">For people, with a code.</param>
public sealed record BrokerReply(long Id, string? Code = null, string? Reason = null)
{
    public string? Digest { get; init; }

    public int? Space { get; init; }

    public long? Generation { get; init; }

    /// <summary>The namespace lay ready.</summary>
    public bool? Hit { get; init; }

    /// <summary>What the broker spent on the request, microseconds.</summary>
    public long? Us { get; init; }

    /// <summary>Of <c>connect</c>: the address reached. The descriptor travels beside the message.</summary>
    public string? Address { get; init; }
}

/// <summary>Why the broker did not. Stable words: they stand in entries and in what a cell is told.</summary>
public static class BrokerCodes
{
    /// <summary>No grant of the profile covers the place.</summary>
    public const string Denied = "egress_denied";

    /// <summary>The name leads only to addresses that may not be reached: this machine's own, link-local, metadata, outside the grant.</summary>
    public const string AddressForbidden = "address_forbidden";

    public const string NameUnresolved = "name_unresolved";
    public const string ConnectRefused = "connect_refused";
    public const string ConnectTimeout = "connect_timeout";
    public const string Unreachable = "host_unreachable";

    /// <summary>The profile's signature is of no operator this broker knows, or the bytes are not what was signed.</summary>
    public const string ProfileForged = "egress_profile_forged";

    public const string ProfileExpired = "egress_profile_expired";

    /// <summary>A higher serial of it was seen, or it was withdrawn.</summary>
    public const string ProfileRevoked = "egress_profile_revoked";

    /// <summary>Every namespace the broker may have is taken.</summary>
    public const string NoSpace = "netns_exhausted";

    /// <summary>The namespace was released, or is another worker's.</summary>
    public const string Stale = "netns_stale";

    /// <summary>The kernel refused to make one; the reason says what.</summary>
    public const string Failed = "netns_failed";

    /// <summary>The message was not understood: a bug, or another version.</summary>
    public const string BadRequest = "broker_bad_request";

    /// <summary>No broker runs on this machine, or it went away.</summary>
    public const string Away = "broker_away";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BrokerRequest))]
[JsonSerializable(typeof(BrokerReply))]
public sealed partial class BrokerJson : JsonSerializerContext;
