namespace Voxeltron.Execution;

// Which of the open requests are for models. Beside the others' bytes, so that snapshots without any are what they always were.
public sealed partial class RequestBook
{
    /// <summary>Some open request is for a model.</summary>
    public bool HasModels
    {
        get
        {
            foreach (var requests in _tasks.Values)
            {
                foreach (var request in requests.Values)
                {
                    if (request.IsModel)
                    {
                        return true;
                    }
                }
            }

            return false;
        }
    }

    /// <summary>To follow <see cref="Write"/>.</summary>
    public void WriteModels(BinaryWriter target)
    {
        var models = _tasks.Values.SelectMany(static requests => requests.Values).Where(static request => request.IsModel)
            .OrderBy(static request => request.TaskKey, StringComparer.Ordinal).ThenBy(static request => request.Ticket).ToList();
        target.Write(models.Count);
        foreach (var request in models)
        {
            target.Write(request.TaskKey);
            target.Write(request.Ticket);
        }
    }

    /// <summary>Takes what <see cref="WriteModels"/> wrote, after <see cref="Read"/>.</summary>
    public void ReadModels(BinaryReader source)
    {
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var (taskKey, ticket) = (source.ReadString(), source.ReadInt64());
            var request = Find(taskKey, ticket) with { IsModel = true };
            _tasks[taskKey][ticket] = request;
            if (request.IsAnswered)
            {
                // What is queued of the object before is dropped when it is met.
                Enqueue(request);
            }
        }
    }
}
