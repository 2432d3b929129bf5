using Voxeltron.Api.Http;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: docs/http.md says what the Api says. Method: the table against the code, row by row; the OpenAPI document against the routes.</summary>
public sealed class DocumentTests(ApiFixture api) : IClassFixture<ApiFixture>
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
        var paths = document.GetProperty("paths").EnumerateObject().Select(static path => path.Name).ToList();
        foreach (var path in new[] { "/v1/modules", "/v1/missions", "/v1/missions/{id}", "/v1/missions/{id}/tasks", "/v1/missions/{id}/tasks:batch", "/v1/missions/{id}/events", "/v1/missions/{id}/inputs/{name}:close", "/v1/missions/{id}:cancel" })
        {
            Assert.Contains(path, paths);
        }
    }

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
