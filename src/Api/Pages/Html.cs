using System.Text.Encodings.Web;

namespace Voxeltron.Api.Pages;

/// <summary>Server-rendered pages without script: whole documents with every value encoded. Nothing is loaded from elsewhere.</summary>
internal static class Html
{
    private const string Policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static string Text(string? value) => HtmlEncoder.Default.Encode(value ?? "");

    /// <param name="main">Markup of the main part, its values encoded already.</param>
    /// <param name="header">Markup right of the name: who is signed in.</param>
    public static IResult Page(HttpContext http, string title, string main, string header = "", int status = StatusCodes.Status200OK)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        return Results.Content(
            $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(title)} · Voxeltron</title>
            <link rel="stylesheet" href="/style.css">
            </head>
            <body>
            <a class="skip" href="#main">Skip to content</a>
            <header><a class="name" href="/"><span class="mark" aria-hidden="true"></span>Voxeltron</a>{header}</header>
            <main id="main">
            {main}
            </main>
            </body>
            </html>
            """,
            "text/html; charset=utf-8",
            statusCode: status);
    }
}
