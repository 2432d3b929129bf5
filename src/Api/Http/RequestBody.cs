using System.Buffers;

namespace Voxeltron.Api.Http;

/// <summary>Reads bodies whole, within a bound, exactly as sent.</summary>
internal static class RequestBody
{
    public static async Task<byte[]> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancel)
    {
        RefuseEncoding(request);
        if (request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancel);
            if (read.Buffer.Length > maxBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                throw TooLarge(maxBytes);
            }

            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Takes the media type with any parameters but a charset other than UTF-8.</summary>
    public static void RequireContentType(HttpRequest request, string wanted)
    {
        if (!Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(request.ContentType, out var found)
            || !found.MediaType.Equals(wanted, StringComparison.OrdinalIgnoreCase)
            || (found.Charset.HasValue && !found.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            throw new ProblemException(Problems.ContentTypeUnsupported, $"Send 'Content-Type: {wanted}' (and UTF-8, if it is text).");
        }
    }

    private static void RefuseEncoding(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0 && request.Headers.ContentEncoding != "identity")
        {
            throw new ProblemException(Problems.ContentEncodingUnsupported, "Content-Encoding is not taken: send the bytes as they are.");
        }
    }

    private static ProblemException TooLarge(int maxBytes) => new(Problems.BodyTooLarge, $"This address takes at most {maxBytes} bytes.");
}
