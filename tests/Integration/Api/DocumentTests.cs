using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Voxeltron.Api.Http;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: docs/http.md says what the Api says. Method: the table against the code, row by row; the OpenAPI document against the routes.</summary>
public sealed partial class DocumentTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public void The_table_of_problems_in_the_document_is_the_one_in_the_code()
    {
        var expected = Problems.All.Select(static kind => $"| {kind.Status} | `{kind.Code}` | {kind.Title} | {kind.User} | {kind.Operator} |");
        var written = File.ReadAllLines(Path.Combine(Repository(), "docs", "http.md")).Where(static line => line.StartsWith("| 4", StringComparison.Ordinal) || line.StartsWith("| 5", StringComparison.Ordinal));
        Assert.Equal(expected, written);
    }

    [Fact]
    public async Task The_OpenAPI_document_names_every_address_under_v1()
    {
        var document = await (await api.Anonymous.GetAsync("/openapi/v1.json")).Content.ReadFromAsync();
        var written = document.GetProperty("paths").EnumerateObject()
            .SelectMany(static path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}"))
            .Where(static line => line.Contains(" /v1/", StringComparison.Ordinal));
        // What the process really routes. The document knows no catch-all and no constraints.
        var routed =
            from endpoint in api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            let path = "/" + endpoint.RoutePattern.RawText!.Trim('/')
            where path.StartsWith("/v1/", StringComparison.Ordinal)
            from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
            select $"{method} {Parameter().Replace(path, "{$1}")}";
        Assert.Equal(routed.Distinct().Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"\{\**(\w+)[^}]*\}")]
    private static partial Regex Parameter();

    private static string Repository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Voxeltron.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("not inside the repository");
        }

        return directory.FullName;
    }
}
