using System.Text;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>Writes one stream as its owner would; what is appended waits for the next commit of <see cref="LogBuilder"/>.</summary>
public sealed class TestStream(LogBuilder log, TenantId tenant, StreamId stream)
{
    private byte[] _chain = Chain.Zero.ToArray();

    public TenantId Tenant => tenant;

    public StreamId Stream => stream;

    public StreamRef Ref => new(tenant, stream);

    public long Seq { get; private set; }

    public long Epoch { get; set; }

    public TestHost? Owner { get; set; }

    public List<Entry> Pending { get; } = [];

    public List<(Intent Intent, long Seq)> PendingIntents { get; } = [];

    /// <summary>Seals made outside the builder's own rules, with this commit.</summary>
    public List<SealRow> PendingSeals { get; } = [];

    public Entry Append(string kind, string actor, string body, byte[]? payload = null, byte[]? salt = null)
    {
        var header = new EntryHeader(tenant, stream, ++Seq, Epoch, log.NextTime(), kind, actor);
        _chain = Chain.Next(_chain, header, body);
        var entry = new Entry(header, body, payload, salt, _chain);
        Pending.Add(entry);
        return entry;
    }

    public Entry Append(string kind, string actor, Action<JcsWriter> members, byte[]? payload = null, byte[]? salt = null)
    {
        var writer = new JcsWriter();
        writer.BeginObject();
        members(writer);
        return Append(kind, actor, writer.EndObject().ToString(), payload, salt);
    }

    public Entry Append(Intent intent)
    {
        var entry = Append(intent.Kind, intent.Actor, intent.Body.ToString(), intent.Payload, intent.Salt);
        PendingIntents.Add((intent, entry.Header.Seq));
        return entry;
    }

    public Entry Begin(TestHost host, long epoch, long previous)
    {
        (Owner, Epoch) = (host, epoch);
        byte[]? secret = previous == 0 ? Encoding.ASCII.GetBytes("the mission's secret of 32 bytes") : null;
        byte[]? salt = previous == 0 ? LogBuilder.Salt(9) : null;
        return Append(
            EntryKinds.EpochBegan,
            host.Actor,
            w =>
            {
                w.Name("epoch").Integer(epoch).Name("host").String(host.Id.Hex).Name("kid").String(host.Signer.KeyId.Value);
                if (secret is not null)
                {
                    PayloadMember.Write(w, salt, secret);
                }

                w.Name("previous_epoch").Integer(previous).Name("reason").String(previous == 0 ? "claimed" : "takeover").Name("v").Integer(1);
            },
            secret,
            salt);
    }

    public Entry Boot(TestCell cell) => Append(EntryKinds.CellBooted, Owner!.Actor, w => w
        .Name("cell").String(cell.Id.ToString()).Name("key").Base64(cell.Signer.PublicKey)
        .Name("kid").String(cell.Signer.KeyId.Value).Name("outcome").String("ready").Name("v").Integer(1));

    public Entry Act(TestCell cell, string @event = "task", string outcome = "completed")
    {
        byte[] payload = Encoding.ASCII.GetBytes($"result {Seq + 1}");
        var salt = LogBuilder.Salt(8);
        var entry = Append(
            EntryKinds.Action,
            cell.Actor,
            w =>
            {
                w.Name("cell").String(cell.Id.ToString()).Name("event").String(@event).Name("outcome").String(outcome);
                PayloadMember.Write(w, salt, payload);
                w.Name("v").Integer(1);
            },
            payload,
            salt);
        cell.Unsealed.Add(entry);
        return entry;
    }

    public Entry Abort(TestCell cell) => Append(EntryKinds.ActionAborted, Owner!.Actor, w => w
        .Name("cell").String(cell.Id.ToString()).Name("code").String("trap_unreachable").Name("v").Integer(1));

    public Entry Stop(TestCell cell, string reason) => Append(EntryKinds.CellStopped, Owner!.Actor, w => w
        .Name("cell").String(cell.Id.ToString()).Name("reason").String(reason).Name("v").Integer(1));

    /// <summary>Hands out what waits, as a commit takes it.</summary>
    public List<Entry> Drain(TestHost host, long commit, List<SealRow> seals)
    {
        var entries = Pending.ToList();
        foreach (var (intent, seq) in PendingIntents)
        {
            seals.Add(SealBuilder.Actor(intent, seq, host.Id, commit));
        }

        seals.AddRange(PendingSeals);
        Pending.Clear();
        PendingIntents.Clear();
        PendingSeals.Clear();
        return entries;
    }

    public HeadRow Head() => new(tenant, stream, Seq, Epoch, _chain);
}
