using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Approvers as the log holds them: the row says where, the entry there says who.</summary>
internal sealed class StoredApprovers(FabricDataSource database, IJournal journal) : IApproverRegister
{
    private readonly ApproverQueries _approvers = new(database);

    public async ValueTask<EnrolledApprover?> FindAsync(TenantId tenant, string name, CancellationToken cancel)
    {
        if (await _approvers.FindAsync(tenant, name, cancel) is not { } row)
        {
            return null;
        }

        await foreach (var entry in journal.ReadAsync(tenant, StreamId.System(tenant), row.EnrolledSeq - 1, cancel))
        {
            using var body = JsonDocument.Parse(entry.Body.Utf8);
            // A row that says another key than the entry was changed by somebody: nobody is enrolled by that.
            return entry.Header.Kind == EntryKinds.ApproverEnrolled && EnrolledApprover.TryParse(body.RootElement, entry.Header.Seq) is { } enrolled
                && enrolled.Name == row.Name && enrolled.Principal == row.Principal && enrolled.PublicKey.AsSpan().SequenceEqual(row.PublicKey)
                ? enrolled
                : null;
        }

        return null;
    }
}
