using Voxeltron.Api.Auth;
using Voxeltron.Kernel;

namespace Voxeltron.Api.Missions;

/// <summary>The form of a mission spec, for editors and pipelines that check documents before they are sent.</summary>
internal static class SchemaEndpoint
{
    private const string Name = "mission-spec.v1.json";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var schema = Read();
        routes.MapGet("/v1/schemas/mission-spec/v1", () => Results.Bytes(schema, "application/schema+json"))
            .WithTags("missions").RequireAuthorization(Policies.Read).WithSummary("JSON Schema of a mission spec, v1");
    }

    private static byte[] Read()
    {
        using var stream = typeof(SchemaEndpoint).Assembly.GetManifestResourceStream(Name) ?? throw new InvariantException($"{Name} is not embedded.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
