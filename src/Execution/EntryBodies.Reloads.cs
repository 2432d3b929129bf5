using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

// Another version of a module: begun, done, failed, taken back.
public static partial class EntryBodies
{
    /// <param name="cells">Tasks whose cells are to be replaced.</param>
    public static EntryDraft ModuleReloadBegan(HostId host, ModuleReload reload, int cells) => OfReload(EntryKinds.ModuleReloadBegan, host, reload, cells, null);

    /// <summary>New cells run the new version from here on.</summary>
    /// <param name="cells">Swaps there were.</param>
    public static EntryDraft ModuleReloaded(HostId host, ModuleReload reload, int cells) => OfReload(EntryKinds.ModuleReloaded, host, reload, cells, null);

    /// <param name="code">Why: the code of the boot that failed, or the host's own.</param>
    public static EntryDraft ModuleReloadFailed(HostId host, ModuleReload reload, string code) => OfReload(EntryKinds.ModuleReloadFailed, host, reload, null, code);

    /// <param name="reload">With what it failed by.</param>
    /// <param name="cells">Cells that went back.</param>
    public static EntryDraft ModuleRestored(HostId host, ModuleReload reload, int cells) => OfReload(EntryKinds.ModuleRestored, host, reload, cells, reload.FailedBy);

    private static EntryDraft OfReload(string kind, HostId host, ModuleReload reload, int? cells, string? code)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        if (cells is { } count)
        {
            json.Name("cells").Integer(count);
        }

        if (code is not null)
        {
            json.Name("code").String(code);
        }

        json.Name("declared").String(reload.Declared.Value);
        json.Name("from").String(reload.From.Value);
        json.Name("requested_seq").Integer(reload.RequestedSeq);
        json.Name("to").String(reload.To.Value);
        return Close(json, kind, Actors.Host(host), null);
    }
}
