using System.Net;
using Voxeltron.Kernel;
using Voxeltron.Migrations;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: no input takes the Api down, writes half, or is answered with less than a complete problem. Method: catalogues of bad input over the wire.</summary>
public sealed class BadInputTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Folder = "JSONTestSuite/test_parsing";
    private const string Pattern = "n_*.json";

    public static TheoryData<string> Malformed() => [.. Vectors.Files(Folder, Pattern)];

    [VectorTheory(Folder, Pattern)]
    [MemberData(nameof(Malformed))]
    public async Task Malformed_JSON_is_a_400_and_writes_nothing(string path)
    {
        var key = "n-" + Guid.NewGuid().ToString("N");
        using var response = await api.Operator.SendAsync(Requests.Mission(await File.ReadAllBytesAsync(path), key, wait: 0));
        await Problem.ExpectAnyAsync(response, 400, 400, Path.GetFileName(path));
        Assert.Equal(0, await api.Database.ScalarAsync<long>(RoleDefaults.Api, $"select count(*) from control.idempotency where idempotency_key = '{key}'"));
    }

    [Theory]
    [InlineData("", "body_empty")]
    [InlineData("{", "json_malformed")]
    [InlineData("[]", "json_not_object")]
    [InlineData("\"text\"", "json_not_object")]
    [InlineData("{\"a\":1,\"a\":2}", "json_duplicate_key")]
    [InlineData("{\"a\":{\"b\":1,\"\\u0062\":2}}", "json_duplicate_key")]
    [InlineData("{\"a\":\"\\ud800\"}", "json_malformed")]
    [InlineData("{\"a\":1e400}", "json_malformed")]
    public async Task Broken_documents_are_refused_by_name(string body, string code)
    {
        using var response = await api.Operator.SendAsync(Requests.Mission(body, "broken", wait: 0));
        await Problem.ExpectAsync(response, 400, code);
    }

    [Fact]
    public async Task Ten_thousand_levels_of_nesting_are_too_deep_and_nothing_more()
    {
        using var response = await api.Operator.SendAsync(Requests.Mission(new string('[', 10_000) + new string(']', 10_000), "deep", wait: 0));
        await Problem.ExpectAsync(response, 400, "json_too_deep");
    }

    [Fact]
    public async Task Every_error_of_a_spec_is_named_with_its_place()
    {
        using var response = await api.Operator.SendAsync(Requests.Mission("""{"spec":"v9","name":"a b","inputs":[],"tasks":[{"id":"","module":"xyz"},7]}""", "many", wait: 0));
        var problem = await Problem.ExpectAsync(response, 422, "spec_invalid");
        var paths = problem.GetProperty("errors").EnumerateArray().Select(static error => error.GetProperty("path").GetString());
        Assert.Equal(["/spec", "/name", "/inputs", "/tasks/0/id", "/tasks/0/module", "/tasks/1"], paths);
    }

    [Fact]
    public async Task Naughty_strings_in_every_parameter_are_refused_or_not_found_and_never_a_failure()
    {
        var mission = await api.SubmitMissionAsync();
        string[] naughty =
        [
            "", " ", "'; drop table control.inbox; --", "../../etc/passwd", "..%2f..%2f", "<script>alert(1)</script>", "\0", "a\0b", "%00", "ü", "田中さん", "🏳0🌈️",
            "\u202etest\u202c", "\ufeff", "NULL", "undefined", "-1", "1e9", "9223372036854775808", "{{7*7}}", "${jndi:ldap://x}", new string('x', 65), new string('9', 5000), "a/b/c", "\\\\?\\", "con\r\nX: y",
        ];
        foreach (var text in naughty)
        {
            var escaped = Uri.EscapeDataString(text);
            foreach (var path in new[]
            {
                $"/v1/missions/{escaped}/events", $"/v1/missions/{mission}/tasks?status={escaped}x", $"/v1/missions/{mission}/tasks?limit={escaped}z", $"/v1/missions/{mission}/events?after={escaped}-",
                $"/v1/missions?after={escaped}_", $"/v1/modules?after={escaped}q", $"/v1/modules/{escaped}x", $"/v1/missions/{mission}/results/{escaped}%20",
            })
            {
                using var response = await api.Operator.GetAsync(path);
                if (path.Contains("%00", StringComparison.Ordinal) && response.Content.Headers.ContentType is null)
                {
                    // The server itself refuses a NUL in a path, before any of our code.
                    Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
                    continue;
                }

                await Problem.ExpectAnyAsync(response, 400, 499, $"GET {path}");
            }

            using var item = await api.Operator.SendAsync(Requests.Item(mission, "requests", text + " ", [1]));
            await Problem.ExpectAsync(item, 400, "parameter_invalid");
            using var module = await api.Operator.SendAsync(Requests.Post($"/v1/modules?name={escaped}%20", [1], "application/wasm"));
            await Problem.ExpectAsync(module, 400, "parameter_invalid");
        }
    }

    [Fact]
    public async Task Sizes_have_limits_and_exceeding_them_is_413()
    {
        var mission = await api.SubmitMissionAsync();
        using var spec = await api.Operator.SendAsync(Requests.Mission(new byte[Limits.MissionSpecBytes + 1], "large"));
        await Problem.ExpectAsync(spec, 413, "body_too_large");
        using var item = await api.Operator.SendAsync(Requests.Item(mission, "requests", "large", new byte[Limits.TaskInputBytes + 1]));
        await Problem.ExpectAsync(item, 413, "body_too_large");
        using var module = await api.Operator.SendAsync(Requests.Post("/v1/modules?name=large", new byte[Limits.ModuleBytes + 1], "application/wasm"));
        await Problem.ExpectAsync(module, 413, "body_too_large");
        using var lines = await api.Operator.SendAsync(Requests.Batch(mission, Enumerable.Range(0, 1001).Select(static i => Requests.BatchLine($"i{i}", "x"))));
        await Problem.ExpectAsync(lines, 413, "body_too_large");

        // Chunked, without a length to judge by.
        using var chunked = Requests.Item(mission, "requests", "chunked", new byte[Limits.TaskInputBytes + 1]);
        chunked.Headers.TransferEncodingChunked = true;
        using var refused = await api.Operator.SendAsync(chunked);
        await Problem.ExpectAsync(refused, 413, "body_too_large");
        Assert.Equal(0, await api.Database.ScalarAsync<long>(RoleDefaults.Api, $"select count(*) from control.inbox where stream_id = '{mission.Value}' and kind = 'input.submitted'"));
    }

    [Fact]
    public async Task Wrong_content_types_and_encodings_are_415()
    {
        var mission = await api.SubmitMissionAsync();
        foreach (var type in new[] { "text/plain", "application/wasm", "application/json; charset=utf-16", null })
        {
            var request = Requests.Post("/v1/missions", "{}"u8.ToArray(), type);
            request.Headers.Add("Idempotency-Key", "type");
            using var response = await api.Operator.SendAsync(request);
            await Problem.ExpectAsync(response, 415, "content_type_unsupported");
        }

        using var module = await api.Operator.SendAsync(Requests.Post("/v1/modules?name=m", [0], "application/json"));
        await Problem.ExpectAsync(module, 415, "content_type_unsupported");
        using var batch = await api.Operator.SendAsync(Requests.Post($"/v1/missions/{mission}/tasks:batch", [0], "application/json"));
        await Problem.ExpectAsync(batch, 415, "content_type_unsupported");
        var encoded = Requests.Item(mission, "requests", "zip", [0x1f, 0x8b]);
        encoded.Content!.Headers.ContentEncoding.Add("gzip");
        using var gzip = await api.Operator.SendAsync(encoded);
        await Problem.ExpectAsync(gzip, 415, "content_encoding_unsupported");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("with blank")]
    public async Task A_mission_without_a_usable_Idempotency_Key_is_refused(string? key)
    {
        using var response = await api.Operator.SendAsync(Requests.Mission("{}", key));
        await Problem.ExpectAsync(response, 400, "idempotency_key_missing");
    }

    [Fact]
    public async Task Unknown_addresses_and_methods_are_problems_too()
    {
        using var unknown = await api.Operator.GetAsync("/v1/nothing");
        await Problem.ExpectAsync(unknown, 404, "not_found");
        using var method = await api.Operator.DeleteAsync("/v1/missions");
        await Problem.ExpectAsync(method, 405, "method_not_allowed");
    }

    [Fact]
    public async Task One_bad_line_keeps_a_whole_batch_out()
    {
        var mission = await api.SubmitMissionAsync();
        string[] bad =
        [
            "{", "[]", "{}", """{"input":"requests","item":"a b","base64":""}""", """{"input":"requests","item":"a","base64":"***"}""",
            """{"input":"requests","item":"a","base64":"","more":1}""", """{"input":"requests","item":"a","item":"b","base64":""}""", Requests.BatchLine("good", "1"),
        ];
        foreach (var line in bad)
        {
            using var response = await api.Operator.SendAsync(Requests.Batch(mission, [Requests.BatchLine("good", "1"), line]));
            var problem = await Problem.ExpectAsync(response, 400, "batch_line_invalid");
            Assert.Equal("/2", problem.GetProperty("errors")[0].GetProperty("path").GetString());
        }

        Assert.Equal(0, await api.Database.ScalarAsync<long>(RoleDefaults.Api, $"select count(*) from control.inbox where stream_id = '{mission.Value}' and kind = 'input.submitted'"));
    }

    [Fact]
    public async Task A_health_check_still_answers_after_all_that()
    {
        using var response = await api.Anonymous.GetAsync("/ready");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
