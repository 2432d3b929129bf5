using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Voxeltron.Cli.Fabric;

namespace Voxeltron.Tests.Unit.Cli;

/// <summary>An API that answers by what a test says, without a network.</summary>
/// <param name="answer">From method and path with query to JSON, or to null: an event stream that stays silent.</param>
internal sealed class StubApi(Func<string, string?> answer) : HttpMessageHandler
{
    public static readonly FabricAddress Address = new(new Uri("http://stub/"), "key", StateDirectory: "/state", Database: null);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var json = answer($"{request.Method} {request.RequestUri!.PathAndQuery}");
        HttpContent content = json is null ? new StreamContent(new SilentStream()) : new StringContent(json, Encoding.UTF8, "application/json");
        if (json is null)
        {
            content.Headers.ContentType = new MediaTypeHeaderValue("text/event-stream");
        }

        return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request });
    }

    /// <summary>Open for ever, with nothing in it.</summary>
    private sealed class SilentStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }
}
