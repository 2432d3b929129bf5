using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

public sealed class LogVerifierTests
{
    [Fact]
    public async Task An_untouched_log_is_clean_and_counted()
    {
        var sample = SampleLog.Build();
        var report = await sample.VerifyAsync(sample.Log.Checkpoints[^1].Note);
        Assert.Empty(report.Findings);
        Assert.Equal(sample.Log.Entries.Count, report.Entries);
        Assert.Equal(3, report.Streams);
        Assert.Equal(sample.Log.Commits.Count, report.Commits);
        Assert.Equal(sample.Log.Seals.Count, report.Seals);
        Assert.Equal(2, report.Checkpoints);
        Assert.Equal(2, report.HostSealedOnly);
        Assert.Equal(0, report.CommitsAfterCheckpoint);
    }
}
