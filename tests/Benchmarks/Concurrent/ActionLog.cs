using System.Text;
using Npgsql;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Benchmarks;

/// <summary>
/// What the log says of agents' timers: for each delivery in the window how long after it was due its handler's time was taken, which is just
/// before it is entered; and how many each cell had.
/// </summary>
/// <param name="LateUs">One for each delivery, in no order.</param>
/// <param name="ByCell">Deliveries by mission and task.</param>
internal sealed record ActionLog(List<double> LateUs, Dictionary<(MissionId, string), long> ByCell)
{
    private const string Sql = "select body from journal.entry where tenant_id = $1 and stream_id = $2 and kind = $3 order by seq";

    public static async Task<ActionLog> ReadAsync(BenchFabric fabric, IEnumerable<MissionId> missions, long fromUs, long toUs, long periodUs, CancellationToken cancel)
    {
        var log = new ActionLog([], []);
        await using var connection = await fabric.Database.OpenAsync(cancel);
        foreach (var mission in missions)
        {
            var cells = new Dictionary<string, (long BegunUs, long NowUs)>(StringComparer.Ordinal);
            await using var command = new NpgsqlCommand(Sql, connection);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = fabric.Tenant.Value });
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = mission.Value });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = EntryKinds.Action });
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                var action = ActionFields.Read(new EntryBody(Encoding.UTF8.GetBytes(reader.GetString(0))));
                if (action.Timer == 0)
                {
                    cells[action.Task] = (action.NowUs, action.NowUs);
                    continue;
                }

                // An agent's timers are due one period after another, but none before the event that began it.
                var (begun, last) = cells[action.Task];
                var due = Math.Max(last, begun + (action.Timer * periodUs));
                cells[action.Task] = (begun, action.NowUs);
                if (action.NowUs >= fromUs && action.NowUs < toUs)
                {
                    log.LateUs.Add(action.NowUs - due);
                    log.ByCell[(mission, action.Task)] = log.ByCell.GetValueOrDefault((mission, action.Task)) + 1;
                }
            }
        }

        return log;
    }
}
