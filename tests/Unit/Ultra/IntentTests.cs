using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

public sealed class IntentTests
{
    private static readonly StreamId Stream = new(TestKeys.Id(1));

    [Fact]
    public void Members_stand_in_key_order_whatever_the_caller_adds()
    {
        var intent = Build(w => w.Name("a").Integer(1).Name("jj").Integer(2).Name("z").Integer(3), payload: [1]);
        Assert.True(Jcs.IsCanonical(intent.Body.Span, integersOnly: true));
        using var body = JsonDocument.Parse(intent.Body.Utf8);
        Assert.Equal(["a", "intent", "jj", "payload", "z"], body.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(new IntentHeader(intent.Actor, intent.Id, intent.Kind, Stream, SampleLog.Tenant, 5), IntentHeader.TryParse(body.RootElement));
    }

    [Fact]
    public void A_member_the_builder_writes_itself_is_refused_from_the_caller()
    {
        var refusal = Assert.Throws<JcsException>(() => Build(w => w.Name("intent").Integer(1), payload: null));
        Assert.Equal(JcsException.DuplicateKey, refusal.Reason);
    }

    [Fact]
    public void A_body_over_the_limit_is_refused_by_name()
    {
        var refusal = Assert.Throws<VoxeltronException>(() => Build(w => w.Name("x").String(new string('x', Limits.EntryBodyBytes)), payload: null));
        Assert.Equal("body_too_large", refusal.FaultCode);
    }

    [Fact]
    public void A_payload_comes_with_its_salt_and_a_kind_is_an_intents()
    {
        Assert.Throws<ArgumentException>(() => IntentBuilder.Build(new TestKeys().Api, "api/x", SampleLog.Tenant, Stream, EntryKinds.InputClosed, 5, default, payload: [1]));
        Assert.Throws<ArgumentException>(() => IntentBuilder.Build(new TestKeys().Api, "api/x", SampleLog.Tenant, Stream, EntryKinds.Action, 5, default));
    }

    [Fact]
    public void A_delegation_reads_back_and_holds_for_its_issuer_only()
    {
        var keys = new TestKeys();
        var delegation = Delegation.ForKey(keys.Ca, keys.Api.PublicKey, KeyRoles.Api, 10, 20);
        var writer = new JcsWriter();
        delegation.WriteTo(writer);
        using var json = JsonDocument.Parse(writer.ToString());
        var read = Delegation.TryParse(json.RootElement)!;
        Assert.Equal(delegation.Statement(), read.Statement());
        Assert.True(read.Verify(keys.Ca.PublicKey));
        Assert.False(read.Verify(keys.Root.PublicKey));
        Assert.False((read with { NotAfterUs = 21 }).Verify(keys.Ca.PublicKey));
        Assert.False((read with { Role = KeyRoles.Operator }).Verify(keys.Ca.PublicKey));
        Assert.Equal([false, true, true, false], new[] { 9L, 10L, 20L, 21L }.Select(read.IsValidAt));
        Assert.Throws<ArgumentException>(() => Delegation.ForKey(keys.Ca, keys.Api.PublicKey, KeyRoles.Root, 10, 20));
    }

    private static Intent Build(Action<JcsWriter> extra, byte[]? payload)
    {
        var keys = new TestKeys();
        return IntentBuilder.Build(
            keys.Api, keys.ApiActor, SampleLog.Tenant, Stream, EntryKinds.InputSubmitted, 5, TestKeys.Id(3), extra, payload, payload is null ? null : LogBuilder.Salt(1));
    }
}
