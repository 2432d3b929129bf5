using System.Text;
using System.Text.Json;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// A tenant's system mission: keys, modules, and whom its missions may ask. A submitted module is admitted and compiled here, off every boot path;
/// one whose owner died before answering is judged again by the next owner.
/// </summary>
internal sealed partial class SystemHandler(TenantId tenant, HostId host, ModuleCatalog catalog, EgressDesk? egress = null) : IStreamHandler
{
    private readonly SortedDictionary<long, Submission> _unanswered = [];
    private List<ModuleRow> _changed = [];

    public bool Finished => false;

    public byte[]? NewSecret() => null;

    public void Recover(Entry entry)
    {
        switch (entry.Header.Kind)
        {
            case EntryKinds.ModuleSubmitted:
                _unanswered[entry.Header.Seq] = Submission.Read(entry);
                break;
            case EntryKinds.ModuleRegistered or EntryKinds.ModuleRefused:
                using (var body = JsonDocument.Parse(entry.Body.Utf8))
                {
                    _unanswered.Remove(body.RootElement.GetProperty("submitted_seq").GetInt64());
                }

                break;
            case EntryKinds.ApproverEnrolled or EntryKinds.ApproverRevoked:
                RecoverApprover(entry);
                break;
            case EntryKinds.ModelsDeclared:
                RecoverModels(entry);
                break;
            case EntryKinds.IntentRefused:
                ForgetRefused(entry);
                RecoverModels(entry);
                break;
        }
    }

    public async Task BeginAsync(StreamWriter writer, CancellationToken cancel)
    {
        foreach (var submission in _unanswered.Values)
        {
            await AnswerAsync(writer, submission, cancel);
        }

        _unanswered.Clear();
    }

    public async Task AcceptAsync(StreamWriter writer, ArrivedIntent pending, CancellationToken cancel)
    {
        var entry = writer.AppendVerbatim(pending.Intent);
        switch (entry.Header.Kind)
        {
            case EntryKinds.ModuleSubmitted:
                await AnswerAsync(writer, Submission.Read(entry), cancel);
                break;
            case EntryKinds.Genesis or EntryKinds.KeyDelegated:
                break;
            case EntryKinds.ApproverEnrolled or EntryKinds.ApproverRevoked:
                AcceptApprover(writer, pending, entry);
                break;
            case EntryKinds.ModelsDeclared:
                Declare(writer, pending, entry);
                break;
            case EntryKinds.AirGapSet:
                SetGap(entry);
                break;
            default:
                writer.Append(Refusals.Intent(host, "unexpected_intent", pending.Intent.Id, entry.Header.Seq,
                    $"The system mission of {tenant} takes keys, modules, approvers and models, not '{entry.Header.Kind}'."));
                break;
        }
    }

    public Task<TimeSpan?> StepAsync(StreamWriter writer, CancellationToken cancel) => Task.FromResult<TimeSpan?>(null);

    public StreamProjection DrainProjection()
    {
        if (_changed.Count + _changedApprovers.Count == 0 && _catalog is null && _gap is null)
        {
            return StreamProjection.Empty;
        }

        var projection = StreamProjection.Empty with { Modules = _changed, Approvers = DrainApprovers(), ModelCatalog = _catalog, AirGap = _gap };
        (_changed, _catalog, _gap) = ([], null, null);
        return projection;
    }

    // Compiling may take as long as its limits say; no thread is held, and only this tenant's keys and modules wait.
    private async Task AnswerAsync(StreamWriter writer, Submission submission, CancellationToken cancel)
    {
        var verdict = await catalog.AdmitAsync(submission.Digest, submission.Wasm, cancel);
        var draft = verdict.Admitted
            ? EntryBodies.ModuleRegistered(host, submission.Digest, verdict.AbiVersion, verdict.Imports.Count, submission.Seq, verdict.NotCaptured?.Code)
            : EntryBodies.ModuleRefused(host, submission.Digest, verdict.Code!, submission.Seq, Salts.Salt(Encoding.UTF8.GetBytes(verdict.Reason!)));
        var entry = writer.Append(draft);
        _changed.Add(new ModuleRow(
            tenant,
            submission.Digest,
            submission.Name,
            verdict.Admitted ? "registered" : "refused",
            submission.Wasm.Length,
            verdict.Admitted ? verdict.AbiVersion : null,
            verdict.Imports,
            verdict.Exports,
            verdict.Code,
            verdict.Reason,
            submission.Seq,
            entry.Header.TimeUs,
            verdict.NotCaptured?.Code,
            verdict.NotCaptured?.Reason));
    }

    private sealed record Submission(long Seq, ModuleDigest Digest, string Name, byte[] Wasm)
    {
        public static Submission Read(Entry entry)
        {
            using var body = JsonDocument.Parse(entry.Body.Utf8);
            return new Submission(
                entry.Header.Seq,
                new ModuleDigest(body.RootElement.GetProperty("digest").GetString()!),
                body.RootElement.GetProperty("name").GetString()!,
                entry.Payload ?? []);
        }
    }
}
