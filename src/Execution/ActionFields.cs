using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>What a fold takes from the body of an <c>action</c> (docs/log.md).</summary>
/// <param name="Timer">The timer that was delivered; 0 for another event.</param>
/// <param name="Subscription">What the task was told of; 0 for another event.</param>
/// <param name="To">Up to which seq it was told.</param>
/// <param name="Reply">The ticket of the request that was answered; 0 for another event.</param>
/// <param name="CellUs">Time in the handler; null where the body does not say so.</param>
/// <param name="NowUs">The handler's time, Unix microseconds.</param>
public readonly record struct ActionFields(string Task, int Attempt, string Outcome, string? Code, long Timer, long NowUs, long Subscription = 0, long To = 0, long Reply = 0, long Fuel = 0, long? CellUs = null)
{
    /// <exception cref="InvariantException">The body names no task or no outcome: no action was written so.</exception>
    // Hot path: per entry of a recovery; no document is built for members most of which nobody asks for.
    public static ActionFields Read(EntryBody body)
    {
        string? task = null, outcome = null, code = null;
        var (attempt, timer, nowUs, subscription, to, reply, fuel) = (0, 0L, 0L, 0L, 0L, 0L, 0L);
        long? cellUs = null;
        var json = new Utf8JsonReader(body.Span);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("task"u8))
            {
                task = NextText(ref json);
            }
            else if (json.ValueTextEquals("attempt"u8))
            {
                attempt = checked((int)NextNumber(ref json));
            }
            else if (json.ValueTextEquals("outcome"u8))
            {
                json.Read();
                // Nearly every action of a long life ends so.
                outcome = json.ValueTextEquals(Outcomes.Waiting) ? Outcomes.Waiting : json.GetString();
            }
            else if (json.ValueTextEquals("code"u8))
            {
                code = NextText(ref json);
            }
            else if (json.ValueTextEquals("timer"u8))
            {
                timer = NextNumber(ref json);
            }
            else if (json.ValueTextEquals("now_us"u8))
            {
                nowUs = NextNumber(ref json);
            }
            else if (json.ValueTextEquals("fuel"u8))
            {
                fuel = NextNumber(ref json);
            }
            else if (json.ValueTextEquals("cell_us"u8))
            {
                cellUs = NextNumber(ref json);
            }
            else if (json.ValueTextEquals("subscription"u8))
            {
                subscription = NextNumber(ref json);
            }
            else if (json.ValueTextEquals("to"u8))
            {
                to = NextNumber(ref json);
            }
            else if (json.ValueTextEquals("reply"u8))
            {
                reply = NextNumber(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        return task is not null && outcome is not null
            ? new ActionFields(task, attempt, outcome, code, timer, nowUs, subscription, to, reply, fuel, cellUs)
            : throw new InvariantException("An action's body names no task or no outcome.");
    }

    private static string? NextText(ref Utf8JsonReader json)
    {
        json.Read();
        return json.GetString();
    }

    private static long NextNumber(ref Utf8JsonReader json)
    {
        json.Read();
        return json.GetInt64();
    }
}
