using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Voxeltron.Cli.Fabric;

/// <summary>
/// A mission's entries in order, each once, until the mission ends. A broken stream is taken up again after the last seq
/// seen, so what it yields has no gap and no repeat.
/// </summary>
public sealed class EventFollower(FabricClient client, string mission)
{
    /// <summary>Streams that end without one new entry before giving up.</summary>
    private const int IdleStreams = 5;

    private static readonly TimeSpan Backoff = TimeSpan.FromSeconds(1);

    /// <summary>Status of the ended mission; null while it runs.</summary>
    public string? EndStatus { get; private set; }

    public async IAsyncEnumerable<EventAnswer> FollowAsync(long afterSeq, [EnumeratorCancellation] CancellationToken cancel)
    {
        var seq = afterSeq;
        for (var idle = 0; EndStatus is null;)
        {
            var before = seq;
            await foreach (var item in OneStreamAsync(seq, cancel))
            {
                if (item.Seq > seq)
                {
                    seq = item.Seq;
                    yield return item;
                }
            }

            if (EndStatus is not null)
            {
                yield break;
            }

            idle = seq > before ? 0 : idle + 1;
            if (idle == IdleStreams)
            {
                throw new CliException($"The event stream of {mission} broke {IdleStreams} times after seq {seq}. The mission goes on; follow it with: voxeltron events {mission}");
            }

            await Task.Delay(Backoff, cancel); // back off between tries
        }
    }

    private async IAsyncEnumerable<EventAnswer> OneStreamAsync(long afterSeq, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var response = await client.OpenEventsAsync(mission, afterSeq, cancel);
        await using var body = await response.Content.ReadAsStreamAsync(cancel);
        await using var items = SseParser.Create(body).EnumerateAsync(cancel).GetAsyncEnumerator(cancel);
        while (await NextAsync(items))
        {
            if (items.Current.EventType == "mission.end")
            {
                EndStatus = JsonSerializer.Deserialize(items.Current.Data, ApiJson.Default.MissionEnd)?.Status ?? "unknown";
                yield break;
            }

            if (JsonSerializer.Deserialize(items.Current.Data, ApiJson.Default.EventAnswer) is { } entry)
            {
                yield return entry;
            }
        }
    }

    // A connection that breaks is the end of this stream, not an error: the next one continues.
    private static async Task<bool> NextAsync(IAsyncEnumerator<SseItem<string>> items)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return false;
        }
    }
}
