namespace Voxeltron.Execution;

/// <summary>Which event of a task's life an entry is about: the task itself, a timer, a change of a view, or an answer.</summary>
/// <param name="Timer">The timer's ticket; 0 for the others.</param>
/// <param name="Subscription">The ticket of what the task follows; 0 for the others.</param>
/// <param name="View">The view followed.</param>
/// <param name="From">Changes of the seqs after this one are told.</param>
/// <param name="To">Up to this one.</param>
/// <param name="IsReset">The view was built anew: no rows are told.</param>
/// <param name="Reply">The ticket of the request that is answered; 0 for the others.</param>
/// <param name="ReplySeq">The entry with the answer.</param>
public readonly record struct DeliveredEvent(long Timer = 0, long Subscription = 0, string? View = null, long From = 0, long To = 0, bool IsReset = false, long Reply = 0, long ReplySeq = 0)
{
    /// <summary>Of the task itself.</summary>
    public static readonly DeliveredEvent Task;

    public bool IsTask => Timer == 0 && Subscription == 0 && Reply == 0;

    /// <summary>As bodies and envelopes have it.</summary>
    public string Word => Timer != 0 ? "timer" : Subscription != 0 ? "delta" : Reply != 0 ? "reply" : "task";

    public static DeliveredEvent Of(OpenRequest answered) => new(Reply: answered.Ticket, ReplySeq: answered.AnsweredSeq);

    public static DeliveredEvent Of(Cosmictron.ViewDelivery delivery) =>
        new(0, delivery.Cursor.Ticket, delivery.Cursor.View, delivery.From, delivery.To, delivery.IsReset);
}
