using Microsoft.Extensions.Logging.Abstractions;
using Voxeltron.Api;
using Voxeltron.Api.Http;
using Voxeltron.Api.Inbox;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: clients faster than the database fill no memory. Method: a committer whose loop does not run, so that nothing ever leaves; all items share their bytes.</summary>
public sealed class InboxBoundTests : IDisposable
{
    private static readonly byte[] s_bytes = new byte[16 * 1024 * 1024];
    private readonly Ed25519Signer _signer = new(new byte[Ed25519.SeedBytes]);
    private readonly ApiMetrics _metrics = new(TimeProvider.System);
    private readonly InboxCommitter _committer;

    public InboxBoundTests() => _committer = new InboxCommitter(_signer, null!, _metrics, NullLogger<InboxCommitter>.Instance);

    public void Dispose()
    {
        _committer.Dispose();
        _metrics.Dispose();
        _signer.Dispose();
    }

    [Fact]
    public async Task What_waits_is_bounded_by_bytes_and_the_next_is_told_to_wait()
    {
        var fit = (int)(InboxCommitter.MaxWaitingBytes / s_bytes.Length);
        for (var i = 0; i < fit; i++)
        {
            Assert.False(SubmitAsync(1).IsCompleted);
        }

        var refused = await Assert.ThrowsAsync<ProblemException>(() => SubmitAsync(1));
        Assert.Equal("busy", refused.Kind.Code);
        // What was refused counts for nothing, and what needs no room is still taken.
        Assert.False(SubmitAsync(0).IsCompleted);
    }

    [Fact]
    public void One_request_fits_however_large_it_is_while_nothing_else_waits() =>
        Assert.False(SubmitAsync((int)(InboxCommitter.MaxWaitingBytes / s_bytes.Length) + 1).IsCompleted);

    private Task<IReadOnlyList<SubmissionResult>> SubmitAsync(int items)
    {
        var group = Enumerable.Range(0, Math.Max(1, items)).Select(i => Submission(items == 0 ? [] : s_bytes)).ToList();
        return _committer.SubmitAsync(group, CancellationToken.None);
    }

    private Submission Submission(byte[] bytes)
    {
        var mission = new MissionId(Guid.NewGuid());
        var intent = new Intent(
            Guid.NewGuid(), new TenantId("demo"), StreamId.Of(mission), EntryKinds.InputSubmitted, Actors.Key("api", _signer.KeyId), "{}",
            bytes, new byte[PayloadDigest.SaltBytes], _signer.KeyId, []);
        return new Submission(intent, mission.Hex, "k", new byte[32], "k", null, Guid.NewGuid());
    }
}
