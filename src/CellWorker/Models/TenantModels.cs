using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Of one tenant, on this host: whom its missions may ask, whether outside, and how those fare who were asked. Any thread.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "The source has neither timer nor handle, lives as long as the process, and its token is with whoever asks.")]
internal sealed class TenantModels
{
    private readonly Lock _lock = new();

    // Guarded by _lock. A provider that was declared anew at another place begins anew.
    private readonly Dictionary<(string Name, string Url), ProviderCircuit> _circuits = [];
    private ModelsCredential? _credential;
    private bool _isGapOn;
    private CancellationTokenSource _cut = new();

    /// <summary>Null: nobody was declared.</summary>
    public ModelsCredential? Credential
    {
        get
        {
            lock (_lock)
            {
                return _credential;
            }
        }
    }

    /// <summary>Cancelled when, and while, nothing may leave the house; whoever asks outside ends with it.</summary>
    public CancellationToken Cut
    {
        get
        {
            lock (_lock)
            {
                return _cut.Token;
            }
        }
    }

    public void Declare(ModelsCredential credential)
    {
        lock (_lock)
        {
            if (_credential is { } held && credential.Catalog.Serial < held.Catalog.Serial)
            {
                // Signed once, and replaced since: whoever puts it back into the row did not ask an operator.
                return;
            }

            _credential = credential;
            var places = credential.Catalog.Providers.Select(Key).ToHashSet();
            foreach (var gone in _circuits.Keys.Where(key => !places.Contains(key)).ToList())
            {
                _circuits.Remove(gone);
            }
        }
    }

    /// <returns>Whether that is news.</returns>
    public bool Gap(bool isOn)
    {
        CancellationTokenSource? cut = null;
        lock (_lock)
        {
            if (_isGapOn == isOn)
            {
                return false;
            }

            _isGapOn = isOn;
            if (isOn)
            {
                cut = _cut;
            }
            else
            {
                _cut = new CancellationTokenSource();
            }
        }

        // Outside the lock: what it cuts may ask here whom to try next.
        cut?.Cancel();
        return true;
    }

    /// <param name="except">Those that were asked already.</param>
    public (ModelRoute Route, ModelsCredential? Credential) Route(in ModelNeed need, long nowUs, IReadOnlySet<string> except)
    {
        lock (_lock)
        {
            var catalog = _credential?.Catalog;
            return (ModelRouter.Route(
                catalog is null ? null : catalog with { Providers = [.. catalog.Providers.Where(provider => !except.Contains(provider.Name))] },
                need, _isGapOn, nowUs, name => Circuit(catalog!.Providers.First(provider => provider.Name == name)).IsOut(nowUs)), _credential);
        }
    }

    /// <returns>False: it went out meanwhile.</returns>
    public bool TryEnter(ModelProvider provider, long nowUs)
    {
        lock (_lock)
        {
            return Circuit(provider).TryEnter(nowUs);
        }
    }

    /// <param name="code">Null: it answered.</param>
    public void Asked(ModelProvider provider, string? code, long nowUs, long? retryAfterUs)
    {
        lock (_lock)
        {
            var circuit = Circuit(provider);
            if (code is null)
            {
                circuit.Succeeded();
            }
            else if (ModelCodes.SparesProvider(code))
            {
                circuit.Left();
            }
            else
            {
                circuit.Failed(nowUs, retryAfterUs);
            }
        }
    }

    private ProviderCircuit Circuit(ModelProvider provider)
    {
        if (!_circuits.TryGetValue(Key(provider), out var circuit))
        {
            _circuits.Add(Key(provider), circuit = new ProviderCircuit());
        }

        return circuit;
    }

    private static (string Name, string Url) Key(ModelProvider provider) => (provider.Name, provider.Url.ToString());
}
