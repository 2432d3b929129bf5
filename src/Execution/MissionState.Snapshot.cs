using Voxeltron.Cosmictron;
using Voxeltron.Kernel;

namespace Voxeltron.Execution;

// The state as bytes, for a snapshot and its digest.
public sealed partial class MissionState
{
    /// <summary>Some view is declared: then <see cref="Write"/> writes what follows them too.</summary>
    public bool HasViews => Store.Views.All.Any();

    /// <summary>Restart policies have faults or an incident to remember: then <see cref="Write"/> writes that too.</summary>
    public bool HasRestarts => Machine.HasRestarts;

    /// <summary>Task graph, timers, what is followed of views, and tables as bytes: equal states give equal bytes.</summary>
    /// <returns>The root of the tables.</returns>
    public byte[] Write(BinaryWriter target)
    {
        Machine.Write(target);
        Timers.Write(target);
        if (HasOtherModules)
        {
            Machine.WriteModules(target);
            target.Write(_reloads.Count);
            foreach (var reload in _reloads.Values)
            {
                reload.Write(target);
            }
        }

        if (HasRestarts)
        {
            Machine.WriteRestarts(target);
        }

        if (HasArmedFaults)
        {
            WriteArmed(target);
        }

        if (HasControl)
        {
            Machine.WriteControl(target);
        }

        if (HasRequests)
        {
            Requests.Write(target);
        }

        if (HasModelCalls)
        {
            Requests.WriteModels(target);
        }

        if (HasGates)
        {
            WriteGates(target);
        }

        if (HasViews)
        {
            Store.Views.Write(target);
        }

        target.Flush();
        return Store.WriteDump(target.BaseStream);
    }

    /// <summary>Takes what <see cref="Write"/> wrote, after the entries up to <see cref="SubmittedSeq"/> were applied. The tables must end the stream.</summary>
    /// <param name="hasOtherModules">As it was when it was written.</param>
    /// <param name="hasRestarts">The same.</param>
    /// <param name="hasArmedFaults">The same.</param>
    /// <param name="hasControl">The same.</param>
    /// <param name="hasRequests">The same.</param>
    /// <param name="hasViews">The same.</param>
    /// <param name="hasModelCalls">The same.</param>
    /// <exception cref="StateFormatException">The tables are damaged, or of another declaration.</exception>
    /// <exception cref="InvariantException">The graph is.</exception>
    public void Read(BinaryReader source, long epoch, bool hasOtherModules, bool hasRestarts, bool hasArmedFaults, bool hasControl, bool hasRequests, bool hasViews, bool hasModelCalls = false)
    {
        Machine.Read(source);
        Timers.Read(source);
        if (hasOtherModules)
        {
            Machine.ReadModules(source);
            for (var left = source.ReadInt32(); left > 0; left--)
            {
                var reload = ReloadRequest.Read(source);
                _reloads.Add(reload.Seq, reload);
            }
        }

        if (hasRestarts)
        {
            Machine.ReadRestarts(source);
        }

        if (hasArmedFaults)
        {
            ReadArmed(source);
        }

        if (hasControl)
        {
            Machine.ReadControl(source);
        }

        if (hasRequests)
        {
            Requests.Read(source);
        }

        if (hasModelCalls)
        {
            Requests.ReadModels(source);
        }

        // Whether there are gates the spec says, which was read before.
        if (HasGates)
        {
            ReadGates(source);
        }

        if (hasViews)
        {
            Store.Views.Read(source);
        }

        Store.LoadDump(source.BaseStream);
        FollowViews();
        Epoch = epoch;
        foreach (var (input, item, seq) in Machine.Items)
        {
            _itemSeq[ItemName(input, item)] = seq;
        }

        foreach (var (task, seq) in Machine.Results)
        {
            _resultSeq[task] = seq;
        }
    }
}
