using System.Text;
using System.Text.Json;
using Voxeltron.Api.Http;
using Voxeltron.Api.Missions;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Gates;

/// <summary>The body of …:decide, <c>{"decision":"approve","digest":"…","comment":"…","signature":{"approver":…,"kid":…,"sig":…}}</c>; the last two may be left out.</summary>
/// <param name="Comment">UTF-8; null where nothing was written.</param>
internal sealed record DecisionOrder(bool Approves, string Digest, byte[]? Comment, ApproverSignature? Signature)
{
    public const int MaxBodyBytes = 16 * 1024;

    private const int MaxCommentBytes = 4 * 1024;
    private const int DigestLength = 64;
    private const int MaxKidLength = 64;

    public static DecisionOrder Parse(byte[] json)
    {
        if (json.Length == 0)
        {
            throw new ProblemException(Problems.BodyEmpty, "Send {\"decision\":\"approve\",\"digest\":\"…\"} as the body.");
        }

        using var document = JsonDocument.Parse(SpecCheck.Canonicalize(json));
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new ProblemException(Problems.JsonNotObject, "A decision is one JSON object.");
        }

        bool? approves = null;
        string? digest = null;
        byte[]? comment = null;
        ApproverSignature? signature = null;
        foreach (var member in document.RootElement.EnumerateObject())
        {
            var text = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null;
            switch (member.Name)
            {
                case "decision":
                    approves = text switch
                    {
                        GateStatement.Approve => true,
                        GateStatement.Deny => false,
                        _ => throw ProblemException.Parameter("decision", "use approve or deny"),
                    };
                    break;
                case "digest":
                    digest = text is { Length: DigestLength } && text.All(static c => char.IsAsciiDigit(c) || c is >= 'a' and <= 'f')
                        ? text
                        : throw ProblemException.Parameter("digest", "give the SHA-256 of the gate's document: 64 lower-case hex digits");
                    break;
                case "comment":
                    comment = Written(text ?? throw ProblemException.Parameter("comment", "give text"));
                    break;
                case "signature":
                    signature = Signed(member.Value);
                    break;
                default:
                    throw ProblemException.Parameter(member.Name, "is not known here; a decision has decision, digest, comment and signature");
            }
        }

        return approves is null ? throw ProblemException.Parameter("decision", "use approve or deny")
            : digest is null ? throw ProblemException.Parameter("digest", "say what you decide on: the gate's digest, from the document you read")
            : new DecisionOrder(approves.Value, digest, comment, signature);
    }

    private static byte[]? Written(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.Length > MaxCommentBytes || text.Contains('\0')
            ? throw ProblemException.Parameter("comment", $"use at most {MaxCommentBytes} bytes, without U+0000")
            : bytes.Length == 0 ? null : bytes;
    }

    private static ApproverSignature Signed(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.GetPropertyCount() == 3
            && json.GetText("approver") is { } approver && Parameters.IsName(approver)
            && json.GetText("kid") is { Length: > 0 and <= MaxKidLength } kid && json.GetBase64("sig") is { Length: Ed25519.SignatureBytes } sig
            ? new ApproverSignature(approver, kid, sig)
            : throw ProblemException.Parameter("signature", "give approver (their name), kid (their key's id) and sig (64 bytes in base64)");
}
