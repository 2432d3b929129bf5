using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

// Other versions of the mission's modules: what was asked for, and what became of it.
public sealed partial class MissionState
{
    // Asked for and not begun; in order of seq.
    private readonly SortedDictionary<long, ReloadRequest> _reloads = [];

    /// <summary>Some module is, was, or is asked to be another than declared: then <see cref="Write"/> writes that too.</summary>
    public bool HasOtherModules => _reloads.Count > 0 || Machine.Modules.HasReloaded;

    /// <summary>The reload that was asked for first and is not answered; null when there is none.</summary>
    public ReloadRequest? NextReload => _reloads.Count == 0 ? null : _reloads.First().Value;

    /// <summary>Reloads that were asked for and have not begun.</summary>
    public int ReloadsWaiting => _reloads.Count;

    /// <summary>A task that waits goes on in another cell; <see cref="Booted"/> comes before.</summary>
    public void Replaced(string taskKey, int attempt, CellId cell, ModuleDigest module, long seq, long timeUs)
    {
        Disarm(taskKey);
        Machine.Apply(new MissionFact.CellReplaced(taskKey, attempt, cell, module, seq, timeUs));
    }

    /// <summary>A cell that was to replace another could not begin. Forward, the other goes on; on the way back, where it may not, the attempt is over.</summary>
    public void ReplaceFailed(string taskKey, int attempt, string code, long seq, long timeUs, bool isClassed = true)
    {
        if ((Machine.Modules.Reload ?? throw new InvariantException("No reload goes on.")).FailedBy is not null)
        {
            Aborted(taskKey, attempt, code, seq, timeUs, isClassed);
        }
    }

    /// <summary>A reload or rollback that people asked for, kept until the owner begins or refuses it.</summary>
    public void RequestReload(Entry entry)
    {
        if (_machine is not null && !Finished)
        {
            _reloads[entry.Header.Seq] = ReloadRequest.Of(entry);
        }
    }

    public void BeginReload(ModuleReload reload, long timeUs)
    {
        if (!_reloads.Remove(reload.RequestedSeq, out var request) || request.Declared != reload.Declared
            || (request.To ?? Machine.Modules.Find(reload.Declared)?.Previous) != reload.To)
        {
            throw new InvariantException($"Nobody asked at seq {reload.RequestedSeq} for a reload of {reload.Declared} to {reload.To}.");
        }

        Machine.Apply(new MissionFact.ReloadBegan(reload.Declared, reload.From, reload.To, reload.RequestedSeq, timeUs));
    }

    /// <summary>The owner refused what was asked for at this seq.</summary>
    public void RefuseReload(long requestedSeq) => _reloads.Remove(requestedSeq);

    private static ModuleReload Reload(JsonElement body) => new(
        new ModuleDigest(Text(body, "declared")), new ModuleDigest(Text(body, "from")), new ModuleDigest(Text(body, "to")), body.GetProperty("requested_seq").GetInt64(), null);

    private bool GoesOn(ModuleReload reload) => Machine.Modules.Reload is { } current && current with { FailedBy = null } == reload;
}
