using System.Net.Sockets;
using Npgsql;
using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Asks one provider after the other for one call of a cell, the cheapest that would do first, until one answers. Each is asked in a namespace of its
/// own, that leads to it alone. Everything that can go wrong is an outcome.
/// </summary>
internal sealed class ModelSender(ModelDesk desk, TenantId tenant)
{
    private readonly TenantModels _models = desk.Of(tenant);

    /// <param name="key">Sent as Idempotency-Key; every time this call is sent it is the same.</param>
    public async Task<ModelOutcome> SendAsync(CellModelCall call, string key, CancellationToken cancel)
    {
        var tried = new List<ModelTry>();
        var asked = new HashSet<string>(StringComparer.Ordinal);
        var hasLooked = false;
        while (!cancel.IsCancellationRequested)
        {
            // Anew for each: who went out meanwhile, and a gap that closed, count at once.
            var (route, credential) = _models.Route(call.Need, desk.Egress.Clock.NowUs(), asked);
            if (route.Candidates is [var provider, ..])
            {
                asked.Add(provider.Name);
                var (answer, failed) = await AskAsync(provider, credential!.Egress[provider.Name], call, key, cancel);
                if (answer is not null)
                {
                    return answer with { Tried = tried };
                }

                tried.Add(failed!);
                continue;
            }

            if (tried.Count == 0 && !hasLooked)
            {
                // Declared a moment ago, or opened again: the database knows before the word of it is here.
                hasLooked = true;
                await LookAsync(cancel);
                continue;
            }

            tried.AddRange(route.Resting.Select(static resting => new ModelTry(resting.Name, resting.IsExternal, ModelCodes.Out, null, 0, "It failed before, and is not asked for a while.")));
            return new ModelOutcome(null, Code(route.Code!, tried), tried);
        }

        return new ModelOutcome(null, ModelCodes.Failed, tried);
    }

    /// <summary>The gap is to blame only where nothing else went wrong.</summary>
    private static string Code(string route, List<ModelTry> tried) =>
        tried.Count == 0 ? route : tried.TrueForAll(static one => one.Code == ModelCodes.AirGapped) ? ModelCodes.AirGapped : ModelCodes.Failed;

    private async Task LookAsync(CancellationToken cancel)
    {
        try
        {
            await desk.LookAsync(cancel);
        }
        catch (Exception away) when (away is NpgsqlException or IOException or SocketException or TimeoutException or OperationCanceledException)
        {
            // What was known holds, and the watch says that the database is away.
        }
    }

    private async Task<(ModelOutcome? Answer, ModelTry? Failed)> AskAsync(ModelProvider provider, EgressCredential way, CellModelCall call, string key, CancellationToken cancel)
    {
        var clock = desk.Egress.Clock;
        var began = clock.GetTimestamp();
        long? sentUs = null, retryAfterUs = null;
        string code, reason;
        ModelOutcome? answer = null;
        // Before it is entered, so that a gap that closes now cuts this one too.
        var cut = provider.IsExternal ? _models.Cut : CancellationToken.None;
        if (!_models.TryEnter(provider, clock.NowUs()))
        {
            return (null, new ModelTry(provider.Name, provider.IsExternal, ModelCodes.Out, null, 0, "It went out meanwhile."));
        }

        string? secret = null;
        if (cut.IsCancellationRequested)
        {
            (code, reason) = (ModelCodes.AirGapped, "The air gap is on.");
        }
        else if (desk.Egress.Refusal(way, tenant) is { } refusal)
        {
            (code, reason) = refusal;
        }
        else if (provider.Key is { } name && (secret = desk.Keys.Read(name, out var missing)) is null)
        {
            (code, reason) = (ModelCodes.KeyMissing, missing);
        }
        else if (ChatCompletion.Request(provider, way.Profile.Limits, call, secret) is var request && request.Body.Length > way.Profile.Limits.RequestBytes)
        {
            (code, reason) = (ModelCodes.RequestRejected, $"The request has {request.Body.Length} bytes; the provider's egress takes {way.Profile.Limits.RequestBytes}.");
        }
        else
        {
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, cut);
            using var network = desk.Egress.Later(way);
            sentUs = clock.NowUs();
            var outcome = await HttpSender.SendAsync(network, request, key, clock, both.Token);
            if (outcome.Reply is { } reply)
            {
                retryAfterUs = ChatCompletion.RetryAfterUs(reply, clock.NowUs());
                if (ChatCompletion.Read(reply, provider, call, out code, out reason) is { } read)
                {
                    var cost = provider.Price.Of(read.Reply.TokensIn, read.Reply.TokensOut);
                    answer = new ModelOutcome(new ModelReplied(read.Reply, provider.IsExternal, read.IsEstimated, cost, sentUs.Value, outcome.Us), null, []);
                }
            }
            else
            {
                (code, reason) = cut.IsCancellationRequested ? (ModelCodes.AirGapped, "The air gap was closed.") : (outcome.Failure!.Code, outcome.Failure.Reason);
            }
        }

        // Who asked has gone: that is no fault of the provider's.
        _models.Asked(provider, answer is not null ? null : cancel.IsCancellationRequested ? ModelCodes.AirGapped : code, clock.NowUs(), retryAfterUs);
        desk.Metrics.ModelTried(provider.Name, answer is not null ? "replied" : code);
        return answer is not null
            ? (answer, null)
            : (null, new ModelTry(provider.Name, provider.IsExternal, code, sentUs, clock.GetElapsedTime(began).Ticks / TimeSpan.TicksPerMicrosecond, reason));
    }
}

/// <summary>What came of a call.</summary>
/// <param name="Code">Why there is no answer: one of the first of <see cref="ModelCodes"/>.</param>
/// <param name="Tried">In order.</param>
internal sealed record ModelOutcome(ModelReplied? Replied, string? Code, IReadOnlyList<ModelTry> Tried);

/// <param name="Us">From <paramref name="SentUs"/> to the last byte.</param>
internal sealed record ModelReplied(ModelReply Reply, bool IsExternal, bool IsEstimated, long CostMicro, long SentUs, long Us);
