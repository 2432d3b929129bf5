using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Xunit;

namespace Voxeltron.Tests.Unit.Ninmu.Gates;

/// <summary>
/// Goal: nothing but a quorum of different people, none of whom asked, ever approves, whatever comes in whatever order. Method: random
/// sequences against a plain model that keeps every vote and judges from scratch; each failure prints its seed.
/// </summary>
public sealed class GateModelTests
{
    private const int Steps = 400;

    private static readonly ModuleDigest s_module = new(new string('a', 64));
    private static readonly string[] s_people = ["k-ann", "k-bob", "k-cyd", "k-dan", "k-eve"];
    private static readonly string?[] s_keys = [null, null, "kid-1", "kid-2", "kid-3"];
    private static readonly string[] s_roles = ["approver", "operator", "tenant"];

    [Fact]
    public void Random_sequences_agree_with_a_model_that_judges_from_scratch()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            try
            {
                Run(seed);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }
        }
    }

    private static void Run(int seed)
    {
        var random = new Random(seed);
        var book = new GateBook();
        var model = new List<Modelled>();
        long now = 1_000, seq = 0;
        for (var step = 0; step < Steps; step++)
        {
            now += random.Next(1, 400) * 1_000;
            switch (random.Next(10))
            {
                case 0 or 1 when model.Count(static one => one.Status is "open" or "escalated") < 6:
                    Open(random, book, model, ++seq, now);
                    break;
                case 2:
                    ExpireDue(book, model, now, ref seq);
                    break;
                case 3 when Pick(random, model) is { } voided && book.Find(voided.Seq) is { } kept && (kept.IsOpen || kept is { Status: GateStatus.Approved, Ticket: 0 }):
                    book.Void(voided.Seq, "rows_changed", ++seq, now);
                    voided.Status = "voided";
                    break;
                case 4 when Pick(random, model) is { } ended && random.Next(3) == 0:
                    book.Ended(ended.Task, now);
                    foreach (var one in model.Where(one => one.Task == ended.Task && one.Status is "open" or "escalated"))
                    {
                        one.Status = one.Task == ended.Task ? "voided" : one.Status;
                    }

                    break;
                case 5:
                    book = Copied(book, model);
                    break;
                default:
                    Decide(random, book, model, now, ref seq);
                    break;
            }

            Compare(book, model);
        }
    }

    private static void Open(Random random, GateBook book, List<Modelled> model, long seq, long now)
    {
        var rule = new SpecGate(
            "g" + seq, random.Next(1, 4), random.Next(2) == 0 ? ["approver"] : ["approver", "operator"], random.Next(3) == 0 ? ["dr-1", "dr-2", "dr-3"] : [],
            random.Next(2) == 0 ? random.Next(1, 5_000) : null, random.Next(2) == 0);
        var ofCell = random.Next(2) == 0;
        var one = new Modelled(seq, "t" + seq, rule, [s_people[random.Next(s_people.Length)]], "d" + seq, now);
        book.Open(new Gate(seq, rule, one.Task, ofCell ? 3 : 0, ofCell ? new CellId(Guid.NewGuid()) : null, s_module, one.Digest, one.Requesters, "[]", now));
        model.Add(one);
    }

    private static void Decide(Random random, GateBook book, List<Modelled> model, long now, ref long seq)
    {
        if (Pick(random, model) is not { } one)
        {
            return;
        }

        var kid = s_keys[random.Next(s_keys.Length)];
        var vote = new GateVote(
            random.Next(8) > 0, random.Next(6) > 0 ? one.Digest : "another", s_people[random.Next(s_people.Length)], s_roles[random.Next(s_roles.Length)],
            kid is null ? null : "dr-" + random.Next(1, 5), kid);
        var expected = one.Judge(vote, now);
        Assert.Equal(expected, book.Refusal(one.Seq, vote, now) is null);
        if (!expected)
        {
            Assert.Throws<InvariantException>(() => book.Decide(one.Seq, vote, now, 999, now));
            return;
        }

        var preview = book.Preview(one.Seq, vote);
        one.Count(vote);
        Assert.Equal(one.Status == "approved", book.WouldApprove(one.Seq, vote));
        Assert.Equal(preview.Word, book.Decide(one.Seq, vote, now, ++seq, now).Word);
    }

    private static void ExpireDue(GateBook book, List<Modelled> model, long now, ref long seq)
    {
        var due = model.Where(one => one.Status == "open" && one.IsOver(now)).ToList();
        while (book.Due(now) is { } gate)
        {
            var one = due.Single(one => one.Seq == gate.OpenedSeq);
            due.Remove(one);
            Assert.Throws<InvariantException>(() => book.Expire(gate.OpenedSeq, !gate.Rule.Escalates, 999, now));
            book.Expire(gate.OpenedSeq, gate.Rule.Escalates, ++seq, now);
            one.Status = gate.Rule.Escalates ? "escalated" : "expired";
        }

        Assert.Empty(due);
    }

    private static GateBook Copied(GateBook book, List<Modelled> model)
    {
        var bytes = new MemoryStream();
        book.DrainChanges();
        book.Write(new BinaryWriter(bytes));
        var copy = new GateBook();
        copy.Read(new BinaryReader(new MemoryStream(bytes.ToArray())), model.ToDictionary(static one => one.Rule.Name, static one => one.Rule));
        var again = new MemoryStream();
        copy.Write(new BinaryWriter(again));
        Assert.Equal(bytes.ToArray(), again.ToArray());
        return copy;
    }

    private static void Compare(GateBook book, List<Modelled> model)
    {
        foreach (var one in model)
        {
            if (book.Find(one.Seq) is { } gate)
            {
                Assert.Equal(one.Status, gate.Word);
            }
            else
            {
                Assert.NotEqual("open", one.Status);
                Assert.NotEqual("escalated", one.Status);
            }

            if (one.Status == "approved")
            {
                one.RequireHonest();
            }
        }
    }

    private static Modelled? Pick(Random random, List<Modelled> model) => model.Count == 0 ? null : model[^(1 + random.Next(Math.Min(model.Count, 8)))];

    /// <summary>What the rule says in words, with every vote that counted.</summary>
    private sealed class Modelled(long seq, string task, SpecGate rule, string[] requesters, string digest, long openedUs)
    {
        private readonly List<GateVote> _votes = [];

        public long Seq => seq;

        public string Task => task;

        public SpecGate Rule => rule;

        public string[] Requesters => requesters;

        public string Digest => digest;

        public string Status { get; set; } = "open";

        public bool IsOver(long now) => rule.ExpiresMs is { } ms && now >= openedUs + (ms * 1_000);

        public bool Judge(GateVote vote, long now)
        {
            if (Status == "open" ? IsOver(now) : Status != "escalated")
            {
                return false;
            }

            foreach (var other in _votes)
            {
                if (other.Principal == vote.Principal || (other.Kid == vote.Kid && vote.Kid is not null) || (other.Approver == vote.Approver && vote.Approver is not null))
                {
                    return false;
                }
            }

            return vote.Digest == digest && rule.Roles.Contains(vote.Role) && !requesters.Contains(vote.Principal)
                && (rule.Approvers.Count == 0 || (vote.Approver is not null && rule.Approvers.Contains(vote.Approver)));
        }

        public void Count(GateVote vote)
        {
            if (!vote.Approves)
            {
                Status = "denied";
                return;
            }

            _votes.Add(vote);
            Status = _votes.Count == rule.Quorum ? "approved" : Status;
        }

        /// <summary>However it came about: as many different people as the rule wants, by key and by name, and none who asked.</summary>
        public void RequireHonest()
        {
            Assert.Equal(rule.Quorum, _votes.Select(static vote => vote.Principal).Distinct().Count());
            Assert.Equal(_votes.Count(static vote => vote.Kid is not null), _votes.Where(static vote => vote.Kid is not null).Select(static vote => vote.Kid).Distinct().Count());
            Assert.DoesNotContain(_votes, vote => requesters.Contains(vote.Principal));
        }
    }
}
