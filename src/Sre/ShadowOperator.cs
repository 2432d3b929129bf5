using Microsoft.SemanticKernel.ChatCompletion;
using Voxeltron.Postgres;
using SemanticKernel = Microsoft.SemanticKernel.Kernel;

namespace Voxeltron.Sre;

/// <summary>
/// The SRE operator in shadow mode: invokes the kernel's read-only functions and publishes what they returned. It goes through
/// the kernel, as a model will, so that what a model may call is what runs today. It holds no key that signs and its database
/// role may write nothing outside schema sre.
/// </summary>
internal sealed class ShadowOperator(SemanticKernel kernel, TimeProvider clock)
{
    public const string Mode = "shadow";
    private volatile ShadowView? _latest;

    /// <summary>Null until the first round has succeeded.</summary>
    public ShadowView? Latest => _latest;

    /// <summary>Null when no chat model is configured.</summary>
    public string? ChatModel => kernel.Services.GetService<IChatCompletionService>() is { } chat
        ? chat.Attributes.TryGetValue("ModelId", out var model) ? model?.ToString() : chat.GetType().Name
        : null;

    /// <summary>One round. Idempotent: it only reads.</summary>
    public async Task<ShadowView> RunOnceAsync(CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        var invoked = new List<string>();
        var hosts = await InvokeAsync<HostsSeen>("hosts", invoked, cancel);
        var stuck = await InvokeAsync<IReadOnlyList<StuckMission>>("stuck_missions", invoked, cancel);
        var aborts = await InvokeAsync<IReadOnlyList<AbortCount>>("aborts_by_code", invoked, cancel);
        var inbox = await InvokeAsync<InboxBacklog>("inbox_pending", invoked, cancel);
        var commits = await InvokeAsync<CommitLag>("commit_lag", invoked, cancel);
        var ownerless = await InvokeAsync<OwnerlessStreams>("ownerless_streams", invoked, cancel);
        var view = new ShadowView(
            Mode,
            ChatModel,
            clock.GetUtcNow().UtcDateTime,
            clock.GetElapsedTime(started).TotalMilliseconds,
            invoked,
            hosts,
            stuck.Count,
            aborts,
            inbox,
            commits,
            ownerless,
            Concerns.Of(hosts, stuck.Count, aborts, inbox, commits, ownerless));
        _latest = view;
        return view;
    }

    private async Task<T> InvokeAsync<T>(string function, List<string> invoked, CancellationToken cancel)
    {
        var result = await kernel.InvokeAsync(TelemetryPlugin.Name, function, cancellationToken: cancel);
        invoked.Add($"{TelemetryPlugin.Name}.{function}");
        return result.GetValue<T>() ?? throw new InvalidOperationException($"Kernel function {function} returned nothing.");
    }
}
