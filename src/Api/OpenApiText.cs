using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Voxeltron.Api;

/// <summary>What the OpenAPI document says beyond the endpoints themselves.</summary>
internal static class OpenApiText
{
    public static void Configure(OpenApiOptions options) => options.AddDocumentTransformer(static (document, _, _) =>
    {
        document.Info = new OpenApiInfo
        {
            Title = "Voxeltron",
            Version = "v1",
            Description = "Missions of isolated cells. Problems are application/problem+json; docs/http.md lists them and says what to do.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes["key"] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "An API key: vxt_<key id>_<secret>.",
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("key", document)] = [] }];
        return Task.CompletedTask;
    });
}
