using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Execution;

/// <summary>Goal: every open timer is delivered once, in order of due time and beginning, whatever happens to cells. Method: random lives against a plain list.</summary>
public sealed class TimerBookTests(ITestOutputHelper output)
{
    [Fact]
    public void Random_lives_agree_with_a_list() => BookLives.Run(output, static random => new Life(random).Run(200));

    [Fact]
    public void A_timer_that_was_delivered_cannot_be_found_again()
    {
        var book = new TimerBook();
        book.Acted("a", 0, [new CellTimer(1, 5, "x")], nowUs: 100);
        Assert.Equal(105, book.Find("a", 1).DueUs);
        book.Acted("a", 1, [], nowUs: 105);
        Assert.Throws<InvariantException>(() => book.Find("a", 1));
        Assert.True(book.HasBegun("a"));
        Assert.Equal(new TicketState(1, 0), book.Of("a"));
    }

    private sealed class Life(Random random)
    {
        private readonly TimerBook _book = new();
        private readonly HashSet<string> _alive = [.. BookLives.Tasks];
        private readonly Dictionary<string, long> _last = [];
        private readonly List<(string Task, long Ticket, long Due, long Order)> _open = [];
        private long _order;
        private long _now;

        public void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                _now += random.Next(3);
                Step();
                Assert.Equal(_open.Count, _book.Open);
            }

            var bytes = Written.By(_book.Write);
            var read = new TimerBook();
            read.Read(new BinaryReader(new MemoryStream(bytes)));
            Assert.Equal(bytes, Written.By(read.Write));
            Assert.Equal(_book.Open, read.Open);
            Assert.All(_last.Keys, task => Assert.Equal(_book.Of(task), read.Of(task)));
            Assert.Equal(_open.Select(static open => (open.Due, open.Task, open.Ticket)).Order(), Drained(read).Order());
        }

        private static List<(long Due, string Task, long Ticket)> Drained(TimerBook book)
        {
            var timers = new List<(long, string, long)>();
            while (book.TryPeek(out var timer))
            {
                Assert.True(timers.Count == 0 || timer.DueUs >= timers[^1].Item1, "out of order");
                timers.Add((timer.DueUs, timer.TaskKey, timer.Ticket));
                book.Acted(timer.TaskKey, timer.Ticket, [], timer.DueUs);
            }

            return timers;
        }

        private void Step()
        {
            var task = BookLives.Tasks[random.Next(BookLives.Tasks.Length)];
            switch (random.Next(8))
            {
                case 0 when !_last.ContainsKey(task):
                    Act(task, 0);
                    break;
                case 1:
                    _book.Ended(task);
                    _last.Remove(task);
                    _open.RemoveAll(open => open.Task == task);
                    break;
                case 2:
                    _alive.Remove(task);
                    break;
                case 3 when _alive.Add(task):
                    Requeue(task);
                    break;
                default:
                    Deliver();
                    break;
            }
        }

        /// <summary>As the worker does: skip timers whose task has no cell, deliver the first of the others.</summary>
        private void Deliver()
        {
            while (_book.TryPeek(out var timer))
            {
                if (!_alive.Contains(timer.TaskKey))
                {
                    _book.Skip(timer);
                    continue;
                }

                var first = _open.Where(open => _alive.Contains(open.Task)).OrderBy(static open => open.Due).ThenBy(static open => open.Order).First();
                Assert.Equal((first.Task, first.Ticket, first.Due), (timer.TaskKey, timer.Ticket, timer.DueUs));
                _now = Math.Max(_now, timer.DueUs);
                _open.Remove(first);
                Act(timer.TaskKey, timer.Ticket);
                return;
            }

            Assert.DoesNotContain(_open, open => _alive.Contains(open.Task));
        }

        private void Act(string task, long ticket)
        {
            var last = _last.GetValueOrDefault(task);
            var began = Enumerable.Range(1, random.Next(3)).Select(i => new CellTimer(last + i, random.Next(10), "t")).ToList();
            _last[task] = last + began.Count;
            foreach (var timer in began)
            {
                _open.Add((task, timer.Ticket, _now + timer.DelayUs, _order++));
            }

            _book.Acted(task, ticket, began, _now);
        }

        /// <summary>A boot stands its task's timers at the end of those due at the same time, by ticket.</summary>
        private void Requeue(string task)
        {
            _book.Requeue(task);
            var mine = _open.Where(open => open.Task == task).OrderBy(static open => open.Ticket).ToList();
            _open.RemoveAll(open => open.Task == task);
            foreach (var open in mine)
            {
                _open.Add(open with { Order = _order++ });
            }
        }
    }
}
