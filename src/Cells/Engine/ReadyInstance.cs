using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// An instance in its slot that no guest code has run in: whoever takes it first makes it his cell. It holds what its module came with and
/// nothing else, so it is the same for every cell of that module and profile; it is still one mission's, like all a mission has.
/// </summary>
/// <remarks>Not thread-safe. It counts as a cell of the engine.</remarks>
public sealed class ReadyInstance : IDisposable
{
    private readonly HostScope _scope;
    private CellInstance? _instance;

    private ReadyInstance(CellEngine engine, CellModule module, CellProfile profile, CellInstance instance, HostScope scope)
    {
        (Engine, Module, Profile) = (engine, module, profile);
        (_instance, _scope) = (instance, scope);
    }

    public CellModule Module { get; }

    public CellProfile Profile { get; }

    internal CellEngine Engine { get; }

    /// <summary>Of its linear memory.</summary>
    public long MemoryBytes => _instance?.Memory().Whole.Length ?? 0;

    /// <exception cref="CellBootException">Named by its fault code; nothing is left behind.</exception>
    public static ReadyInstance Make(CellEngine engine, CellModule module, CellProfile profile) => Make(engine, module, profile, default, isSuccessor: false, place: null);

    public void Dispose()
    {
        if (_instance is { } instance)
        {
            _instance = null;
            instance.Dispose();
            Engine.Leave();
        }
    }

    /// <param name="id">For whom, in the words of a refusal.</param>
    /// <param name="place">Taken before; null: one is taken now.</param>
    internal static ReadyInstance Make(CellEngine engine, CellModule module, CellProfile profile, CellId id, bool isSuccessor, CellPlace? place)
    {
        CheckProfile(engine, module, profile, id);
        if (place?.Take() is null && engine.TryEnter(isSuccessor) is { } refusal)
        {
            throw new CellBootException("no_capacity", id, $"Cell {id} was not booted: {refusal}");
        }

        try
        {
            var scope = new HostScope();
            return CellInstance.Create(engine.Handle, module.Compiled.Pre, scope, profile.MemoryLimitBytes, profile.TableElements, out var failure) is { } instance
                ? new ReadyInstance(engine, module, profile, instance, scope)
                : throw new CellBootException("instantiation_failed", id, $"Cell {id} of module {module.Digest} was not booted: {failure}");
        }
        catch
        {
            engine.Leave();
            throw;
        }
    }

    /// <summary>The caller owns the instance and its place from now on.</summary>
    internal (CellInstance Instance, HostScope Scope) Take()
    {
        var instance = _instance ?? throw new InvariantException("An instance was taken twice.");
        _instance = null;
        return (instance, _scope);
    }

    private static void CheckProfile(CellEngine engine, CellModule module, CellProfile profile, CellId id)
    {
        if (profile.FuelPerAction <= 0 || profile.MemoryLimitBytes <= 0 || profile.MemoryLimitBytes > engine.Options.MaxMemoryBytes
            || profile.TableElements < 0 || profile.TableElements > engine.Options.MaxTableElements)
        {
            throw new CellBootException("profile_invalid", id, $"Profile {profile.Name} asks for more than this host's slots have, or for nothing.");
        }

        if (module.InitialMemoryBytes > profile.MemoryLimitBytes)
        {
            throw new CellBootException(
                "memory_limit", id, $"Module {module.Digest} starts with {module.InitialMemoryBytes} bytes of memory; profile {profile.Name} grants {profile.MemoryLimitBytes}.");
        }

        if (module.InitialTableElements > profile.TableElements)
        {
            throw new CellBootException(
                "table_limit", id, $"Module {module.Digest} starts with {module.InitialTableElements} table elements; profile {profile.Name} grants {profile.TableElements}.");
        }
    }
}
