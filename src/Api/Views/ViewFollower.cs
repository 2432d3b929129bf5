using Voxeltron.Api.Http;
using Voxeltron.Api.Signals;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Views;

/// <summary>
/// One client that follows one view. Each page of changes is read with the view's state in one statement:
/// <code>
///   base_seq &gt; the last seq sent      changes in between are folded or the view was built anew: event reset, the end
///   changes                           one event for each seq, over as many pages as it takes
///   none, and the mission has ended   event mission.end, the end: its last commit moved both
///   none                              wait for the journal's signal
/// </code>
/// No connection is held while the client takes its time: one that is slow is overtaken by folding at worst, and told so.
/// </summary>
/// <param name="sent">The last seq the client has.</param>
internal sealed class ViewFollower(
    HttpContext http, EventStream output, ViewQueries views, JournalSignal signal, TenantId tenant, MissionId mission, string view, long sent)
{
    // The change an event was begun for and not ended; null between events.
    private long? _open;

    /// <param name="page">Read after <paramref name="pulse"/> was taken; null: none yet.</param>
    public async Task RunAsync(Task pulse, ViewPage? page, CancellationToken cancel)
    {
        var place = ViewCursor.After(sent);
        while (true)
        {
            page ??= await views.PageAsync(tenant, mission, view, place, cancel);
            if (page is null || !page.State.Published || page.State.BaseSeq > sent)
            {
                await ResetAsync(page, cancel);
                return;
            }

            foreach (var change in page.Changes)
            {
                Write(change);
                place = change.At;
                await ViewJson.SendFullAsync(output.Data, cancel);
            }

            if (!page.More)
            {
                if (page.State.MissionStatus is "completed" or "failed" or "cancelled")
                {
                    output.MissionEnd(mission, page.State.MissionStatus);
                    await output.SendAsync(cancel);
                    return;
                }

                await output.SendAsync(cancel);
                await output.WaitAsync(pulse, cancel);
            }

            pulse = signal.Next(tenant, StreamId.Of(mission));
            page = null;
        }
    }

    private void Write(ViewChange change)
    {
        var first = _open is null;
        if (first)
        {
            output.Begin(change.At.Seq, "delta");
            ViewJson.BeginChanges(output.Data, change.At.Seq);
            _open = change.At.Seq;
        }
        else if (_open != change.At.Seq)
        {
            throw new InvariantException($"The change of {mission}'s view '{view}' at {_open} ended without its last row; {change.At.Seq} follows.");
        }

        ViewJson.WriteChange(output.Data, first, change);
        if (change.Last)
        {
            ViewJson.EndChanges(output.Data);
            output.End();
            sent = change.At.Seq;
            _open = null;
        }
    }

    private async Task ResetAsync(ViewPage? page, CancellationToken cancel)
    {
        if (_open is not null)
        {
            // The rest of this event is gone. Cut, it never happened to the client, which reads anew when it comes back.
            http.Abort();
            return;
        }

        output.BeginForgetting("reset");
        using (var json = new System.Text.Json.Utf8JsonWriter(output.Data))
        {
            json.WriteStartObject();
            json.WriteString("view", view);
            json.WriteNumber("seq", page?.State.BaseSeq ?? 0);
            json.WriteString("reason", page is { State.Published: true }
                ? $"changes after {sent} are no longer told apart, or the view was declared anew: read the view anew"
                : "the view is no longer published");
            json.WriteEndObject();
        }

        output.End();
        await output.SendAsync(cancel);
    }
}
