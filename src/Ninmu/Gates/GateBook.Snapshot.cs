using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

// The book as bytes: equal books give equal bytes.
public sealed partial class GateBook
{
    /// <summary>Rules are the spec's, and named alone.</summary>
    public void Write(BinaryWriter target)
    {
        target.Write(_gates.Count);
        foreach (var gate in All)
        {
            target.Write(gate.OpenedSeq);
            target.Write(gate.Rule.Name);
            target.Write(gate.TaskKey);
            target.Write(gate.Ticket);
            target.Write(gate.Cell is { } cell ? cell.Value.ToByteArray(bigEndian: true) : new byte[16]);
            target.Write(gate.Module.Value);
            target.Write(gate.Digest);
            target.Write(gate.Rows is not null);
            target.Write(gate.Rows ?? "");
            target.Write(gate.OpenedUs);
            target.Write((byte)gate.Status);
            target.Write(gate.Code ?? "");
            target.Write(gate.EndedSeq);
            target.Write(gate.EndedUs ?? 0);
            target.Write(gate.Requesters.Count);
            foreach (var requester in gate.Requesters)
            {
                target.Write(requester);
            }

            target.Write(gate.Approvals.Count);
            foreach (var vote in gate.Approvals)
            {
                Write(target, vote);
            }

            target.Write(gate.Denial is not null);
            if (gate.Denial is { } denial)
            {
                Write(target, denial);
            }
        }
    }

    /// <summary>Takes what <see cref="Write(BinaryWriter)"/> wrote.</summary>
    /// <param name="rules">The spec's gates.</param>
    public void Read(BinaryReader source, IReadOnlyDictionary<string, SpecGate> rules)
    {
        Clear();
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var (seq, name, task, ticket) = (source.ReadInt64(), source.ReadString(), source.ReadString(), source.ReadInt64());
            var cell = new Guid(source.ReadBytes(16), bigEndian: true);
            var (module, digest, hasRows, rows, openedUs) = (source.ReadString(), source.ReadString(), source.ReadBoolean(), source.ReadString(), source.ReadInt64());
            var (status, code, endedSeq, endedUs) = ((GateStatus)source.ReadByte(), source.ReadString(), source.ReadInt64(), source.ReadInt64());
            var requesters = new List<string>();
            for (var more = source.ReadInt32(); more > 0; more--)
            {
                requesters.Add(source.ReadString());
            }

            var approvals = new List<GateVote>();
            for (var more = source.ReadInt32(); more > 0; more--)
            {
                approvals.Add(ReadVote(source));
            }

            var denial = source.ReadBoolean() ? ReadVote(source) : null;
            if (!rules.TryGetValue(name, out var rule) || status > GateStatus.Voided)
            {
                throw new InvariantException($"A snapshot has a gate '{name}' in state {(int)status}, which the spec does not declare.");
            }

            var gate = new Gate(seq, rule, task, ticket, cell == Guid.Empty ? null : new CellId(cell), new ModuleDigest(module), digest, requesters, hasRows ? rows : null, openedUs)
            {
                Status = status, Approvals = approvals, Denial = denial, Code = code.Length == 0 ? null : code, EndedSeq = endedSeq, EndedUs = endedUs == 0 ? null : endedUs,
            };
            Keep(gate);
            Put(gate);
        }

        // Nothing of it is news: the rows of control stand.
        _changed.Clear();
    }

    public void Clear()
    {
        _gates.Clear();
        _ofTask.Clear();
        _ofCell.Clear();
        _expiries.Clear();
        _changed.Clear();
    }

    private static void Write(BinaryWriter target, GateVote vote)
    {
        target.Write(vote.Approves);
        target.Write(vote.Digest);
        target.Write(vote.Principal);
        target.Write(vote.Role);
        target.Write(vote.Approver ?? "");
        target.Write(vote.Kid ?? "");
    }

    private static GateVote ReadVote(BinaryReader source)
    {
        var (approves, digest, principal, role, approver, kid) =
            (source.ReadBoolean(), source.ReadString(), source.ReadString(), source.ReadString(), source.ReadString(), source.ReadString());
        return new GateVote(approves, digest, principal, role, approver.Length == 0 ? null : approver, kid.Length == 0 ? null : kid);
    }
}
