using Hangfire;
using Hangfire.Common;
using Hangfire.Server;

namespace Voxeltron.Api.Housekeeping;

/// <summary>
/// A stored job is a type and a method by name: whoever can write Hangfire's tables could name any method of any assembly.
/// So only listed types are ever activated, and a job of any other type (a static method needs no activation) is stopped
/// before it runs. The list is code; no table and no setting can lengthen it.
/// </summary>
internal sealed class ClosedJobList(IServiceScopeFactory scopes) : JobActivator, IServerFilter
{
    private static readonly HashSet<Type> s_allowed = [typeof(HousekeepingJobs)];

    public static bool Allows(Job job) => s_allowed.Contains(job.Type) && job.Method.DeclaringType == job.Type && !job.Method.IsStatic;

    public override JobActivatorScope BeginScope(JobActivatorContext context) => new Scope(scopes.CreateScope());

    public override object ActivateJob(Type jobType) => throw Refused(jobType.FullName);

    public void OnPerforming(PerformingContext context)
    {
        if (!Allows(context.BackgroundJob.Job))
        {
            throw Refused(context.BackgroundJob.Job.ToString());
        }
    }

    public void OnPerformed(PerformedContext context)
    {
        // Nothing to do after a listed job.
    }

    private static InvalidOperationException Refused(string? what) => new($"'{what}' is not on the closed list of housekeeping jobs and was not run.");

    private sealed class Scope(IServiceScope services) : JobActivatorScope
    {
        public override object Resolve(Type type) => s_allowed.Contains(type)
            ? services.ServiceProvider.GetRequiredService(type)
            : throw Refused(type.FullName);

        public override void DisposeScope() => services.Dispose();
    }
}
