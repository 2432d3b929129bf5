using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

// Whom a tenant's missions may ask, and whether outside. What is not refused holds: a refusal stands directly behind its intent, in the same group.
internal sealed partial class SystemHandler
{
    private ModelCatalogRow? _catalog;
    private AirGapRow? _gap;
    private int _serial;
    private (long Seq, int Before)? _lastDeclared;

    private void RecoverModels(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        if (entry.Header.Kind == EntryKinds.ModelsDeclared)
        {
            _lastDeclared = (entry.Header.Seq, _serial);
            _serial = document.RootElement.GetProperty("serial").GetInt32();
        }
        else if (_lastDeclared is var (seq, before) && document.RootElement.GetProperty("intent_seq").GetInt64() == seq)
        {
            _serial = before;
        }
    }

    private void Declare(StreamWriter writer, ArrivedIntent pending, Entry entry)
    {
        var payload = entry.Payload ?? [];
        var credential = ModelsCredential.TryParse(payload, out var error);
        if (credential is null)
        {
            Refuse(writer, pending, entry, error.Path, "models_invalid", error.Reason);
        }
        else if (Verdict(entry, credential) is { } verdict)
        {
            Refuse(writer, pending, entry, verdict.Path, verdict.Code, verdict.Reason);
        }
        else
        {
            _serial = credential.Catalog.Serial;
            _catalog = new ModelCatalogRow(
                tenant, _serial, credential.Digest, payload, credential.Catalog.Providers.Count, credential.Catalog.NotAfterUs, entry.Header.Seq, entry.Header.TimeUs);
        }
    }

    private (string Path, string Code, string Reason)? Verdict(Entry entry, ModelsCredential credential)
    {
        var catalog = credential.Catalog;
        if (catalog.Tenant != tenant)
        {
            return ("tenant", "models_other_tenant", $"It is signed for tenant {catalog.Tenant}, not for {tenant}.");
        }

        if (egress is null || !egress.IsSigned(credential))
        {
            return ("", "models_forged", "It carries no signature of an operator of this fabric. An operator signs it with: voxeltron models sign.");
        }

        // What the intent says of the document is what is folded of it.
        if (IntentFields.Integer(entry, "serial") != catalog.Serial)
        {
            return ("serial", "models_invalid", "The intent names another serial than the document.");
        }

        if (entry.Header.TimeUs >= catalog.NotAfterUs)
        {
            return ("not_after", "models_expired", "It has expired. An operator signs it again with a later not_after.");
        }

        if (catalog.Serial <= _serial)
        {
            return ("serial", "models_serial", $"Serial {_serial} holds; a higher one is needed.");
        }

        for (var i = 0; i < catalog.Providers.Count; i++)
        {
            if (egress.Verdict(credential.Egress[catalog.Providers[i].Name], tenant) is { } wrong)
            {
                return ($"providers[{i}].egress", wrong.Code, wrong.Reason);
            }
        }

        return null;
    }

    private void SetGap(Entry entry)
    {
        using var body = JsonDocument.Parse(entry.Body.Utf8);
        _gap = new AirGapRow(tenant, body.RootElement.GetProperty("on").GetBoolean(), entry.Header.Seq, entry.Header.TimeUs);
    }

    private void Refuse(StreamWriter writer, ArrivedIntent pending, Entry entry, string path, string code, string reason) =>
        writer.Append(Refusals.Intent(host, code, pending.Intent.Id, entry.Header.Seq, [(path, code, reason)]));
}
