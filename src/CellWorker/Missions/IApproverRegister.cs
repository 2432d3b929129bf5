using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Whose keys may sign decisions in a tenant.</summary>
internal interface IApproverRegister
{
    /// <returns>Null when nobody of that name is enrolled, or their key was revoked.</returns>
    ValueTask<EnrolledApprover?> FindAsync(TenantId tenant, string name, CancellationToken cancel);
}
