using System.Text;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Integration.Models;

/// <summary>Catalogues for tests, written as the documents an operator would sign.</summary>
internal static class ModelDocuments
{
    /// <param name="host">A name, or a literal address.</param>
    public static string Provider(
        ISigner signer, string tenant, string name, string host, int port, bool external = false, long price = 0, string classes = "\"small\"", int context = 100_000, int output = 1_000,
        int timeoutMs = 20_000, string? key = null, string? trust = null, string limits = "{}")
    {
        var place = char.IsAsciiDigit(host[0]) ? $"\"addresses\":[\"{host}\"]" : $"\"host\":\"{host}\"";
        var isTls = trust is not null;
        var way = Encoding.UTF8.GetString(EgressCredential.Sign(
            Encoding.UTF8.GetBytes($$"""{"egress":"v1","name":"{{name}}","tenant":"{{tenant}}","serial":1,"not_after":"2099-01-01T00:00:00Z","limits":{{limits}},"grants":[{{{place}},"ports":[{{port}}],"plain":{{(isTls ? "false" : "true")}}}]{{(trust is null ? "" : $",\"trust\":{System.Text.Json.JsonSerializer.Serialize(trust)}")}}}"""),
            signer).ToJson());
        return $$"""
            {"name":"{{name}}","kind":"{{(external ? "external" : "owned")}}","url":"{{(isTls ? "https" : "http")}}://{{host}}:{{port}}/v1","model":"model-of-{{name}}","classes":[{{classes}}],
             "context_tokens":{{context}},"max_output_tokens":{{Math.Min(output, context)}},"price":{"input_micro_per_1k":{{price}},"output_micro_per_1k":{{price}}},"timeout_ms":{{timeoutMs}}{{(key is null ? "" : $",\"key\":\"{key}\"")}},"egress":{{way}}}
            """;
    }

    public static ModelsCredential Sign(ISigner signer, string tenant, int serial, IEnumerable<string> providers, string notAfter = "2099-01-01T00:00:00Z") => ModelsCredential.Sign(
        Encoding.UTF8.GetBytes($$"""{"models":"v1","tenant":"{{tenant}}","serial":{{serial}},"not_after":"{{notAfter}}","providers":[{{string.Join(',', providers)}}]}"""), signer);

    /// <summary>What a well-behaved server says.</summary>
    public static string Answer(string text, int tokensIn = 7, int tokensOut = 3) => $$$"""
        {"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":{{{System.Text.Json.JsonSerializer.Serialize(text)}}}},"finish_reason":"stop"}],
         "usage":{"prompt_tokens":{{{tokensIn}}},"completion_tokens":{{{tokensOut}}}}}
        """;
}
