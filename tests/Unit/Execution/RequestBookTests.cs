using Voxeltron.Execution;
using Voxeltron.Kernel;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Execution;

/// <summary>Goal: every answer is delivered once, in order of its entry and ticket, whatever happens to cells, and what nobody waits for is told once. Method: random lives against a plain list.</summary>
public sealed class RequestBookTests(ITestOutputHelper output)
{
    [Fact]
    public void Random_lives_agree_with_a_list() => BookLives.Run(output, static random => new Life(random).Run(200));

    [Fact]
    public void A_request_is_answered_once_and_only_while_it_is_open()
    {
        var book = new RequestBook();
        book.Asked("a", new BegunRequest(1, "t"), 5);
        Assert.Throws<InvariantException>(() => book.Answered("a", 2, 6, null));
        Assert.Throws<InvariantException>(() => book.Answered("b", 1, 6, null));
        book.Answered("a", 1, 6, "timeout");
        Assert.Throws<InvariantException>(() => book.Answered("a", 1, 7, null));
        Assert.Equal(new OpenRequest("a", 1, 5, "t") { AnsweredSeq = 6, Code = "timeout" }, book.Find("a", 1));
        book.Consumed("a", 1);
        Assert.Throws<InvariantException>(() => book.Find("a", 1));
        Assert.False(book.TryPeek(out _));
    }

    private sealed class Life(Random random)
    {
        private readonly RequestBook _book = new();
        private readonly HashSet<string> _alive = [.. BookLives.Tasks];
        private readonly List<OpenRequest> _open = [];
        private readonly List<(string, long)> _dropped = [];
        private long _seq;
        private long _ticket;

        public void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                _seq++;
                Step();
                Assert.Equal(_open.Count, _book.Open);
                Assert.All(BookLives.Tasks, task => Assert.Equal(
                    (_open.Count(open => open.TaskKey == task), _open.Count(open => open.TaskKey == task && open.IsAnswered)), (_book.OpenOf(task), _book.CountAnswered(task))));
                Assert.Equal(_open.Where(static open => !open.IsAnswered).OrderBy(static open => open.AskedSeq).ThenBy(static open => open.Ticket), _book.Unanswered);
            }

            // Skipped or not: a new owner's book has every answer in its order, and the same bytes.
            var bytes = Written.By(_book.Write);
            var read = new RequestBook();
            read.Asked("gone", new BegunRequest(1, ""), 1);
            read.Read(new BinaryReader(new MemoryStream(bytes)));
            Assert.Equal(bytes, Written.By(read.Write));
            Assert.Equal(_book.Open, read.Open);
            Assert.Equal(_book.Unanswered, read.Unanswered);
            Assert.Equal(InOrder(_open), Drained(read));
        }

        private static List<OpenRequest> InOrder(IEnumerable<OpenRequest> open) =>
            [.. open.Where(static one => one.IsAnswered).OrderBy(static one => one.AnsweredSeq).ThenBy(static one => one.Ticket).ThenBy(static one => one.TaskKey, StringComparer.Ordinal)];

        private static List<OpenRequest> Drained(RequestBook book)
        {
            var answered = new List<OpenRequest>();
            while (book.TryPeek(out var next))
            {
                answered.Add(next);
                book.Consumed(next.TaskKey, next.Ticket);
            }

            return answered;
        }

        private void Step()
        {
            var task = BookLives.Tasks[random.Next(BookLives.Tasks.Length)];
            switch (random.Next(10))
            {
                case 0 or 1 or 2:
                    Ask(task);
                    break;
                case 3 or 4 or 5:
                    Answer();
                    break;
                case 6 when random.Next(3) == 0:
                    End(task);
                    break;
                case 7:
                    _alive.Remove(task);
                    break;
                case 8 when _alive.Add(task):
                    _book.Requeue(task);
                    break;
                default:
                    Deliver();
                    break;
            }
        }

        private void Ask(string task)
        {
            for (var left = random.Next(1, 4); left > 0; left--)
            {
                var asked = new OpenRequest(task, ++_ticket, _seq, $"t{random.Next(3)}");
                _book.Asked(task, new BegunRequest(asked.Ticket, asked.Tag), _seq);
                _open.Add(asked);
            }
        }

        /// <summary>By one entry: one request, or several of a task for one reason.</summary>
        private void Answer()
        {
            var waiting = _open.Where(static open => !open.IsAnswered).ToList();
            if (waiting.Count == 0)
            {
                return;
            }

            var first = waiting[random.Next(waiting.Count)];
            var code = random.Next(2) == 0 ? null : "timeout";
            foreach (var one in code is null ? [first] : waiting.Where(one => one.TaskKey == first.TaskKey && random.Next(2) == 0).Append(first).Distinct())
            {
                _book.Answered(one.TaskKey, one.Ticket, _seq, code);
                _open[_open.IndexOf(one)] = one with { AnsweredSeq = _seq, Code = code };
            }
        }

        private void End(string task)
        {
            _book.Ended(task);
            _dropped.AddRange(_open.Where(open => open.TaskKey == task && !open.IsAnswered).Select(static open => (open.TaskKey, open.Ticket)));
            _open.RemoveAll(open => open.TaskKey == task);
            if (random.Next(2) == 0)
            {
                Assert.Equal(_dropped.Order(), _book.DrainDropped().Order());
                Assert.Empty(_book.DrainDropped());
                _dropped.Clear();
            }
        }

        /// <summary>As the worker does: skip answers whose task has no cell, deliver the first of the others. An aborted event takes nothing: the cell is gone, the answer stays.</summary>
        private void Deliver()
        {
            while (_book.TryPeek(out var answered))
            {
                if (!_alive.Contains(answered.TaskKey))
                {
                    _book.Skip();
                    continue;
                }

                Assert.Equal(InOrder(_open.Where(open => _alive.Contains(open.TaskKey)))[0], answered);
                if (random.Next(4) == 0)
                {
                    _alive.Remove(answered.TaskKey);
                    return;
                }

                _book.Consumed(answered.TaskKey, answered.Ticket);
                _open.Remove(answered);
                return;
            }

            Assert.DoesNotContain(_open, open => open.IsAnswered && _alive.Contains(open.TaskKey));
        }
    }
}
