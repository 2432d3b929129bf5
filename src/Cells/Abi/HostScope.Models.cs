using Voxeltron.Cosmictron;
using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>Model calls. As requests: nothing is sent here, and a profile that grants none answers <c>UNAVAILABLE</c> before it looks at anything.</summary>
internal sealed partial class HostScope
{
    private ModelGrant? _models;
    private List<CellModelCall>? _modelCalls;

    public IReadOnlyList<CellModelCall> ModelCalls => _modelCalls ?? (IReadOnlyList<CellModelCall>)[];

    public bool HasModels => _models is { IsNone: false };

    /// <returns>A ticket from 1, or a status.</returns>
    public long ModelBegin(GuestMemory memory, int requestPointer, int requestLength)
    {
        if (_models is not { IsNone: false } grant)
        {
            // A document of the draft could grant none; its log says so as it did.
            Deny(_models is null ? DenialCodes.NotOffered : DenialCodes.NoModels, "model_begin");
            return (long)StateStatus.Unavailable;
        }

        if (!memory.TrySlice(requestPointer, requestLength, out var text))
        {
            return (long)StateStatus.BadMemory;
        }

        if (!IsInTask)
        {
            return (long)StateStatus.NotActive;
        }

        if (text.Length > CellLimits.ModelRequestBytes)
        {
            return (long)StateStatus.TooLarge;
        }

        if (ModelRequestReader.TryRead(text, grant) is not { } call)
        {
            return (long)StateStatus.BadArgument;
        }

        if (!grant.Classes.Contains(call.Class))
        {
            Deny(DenialCodes.ClassNotGranted, call.Class);
            return (long)StateStatus.Denied;
        }

        if (_tickets.Open >= CellLimits.OpenTickets || _tickets.Last == int.MaxValue || _emitBytes + text.Length > CellLimits.EmitBytes)
        {
            return (long)StateStatus.Limit;
        }

        _emitBytes += text.Length;
        _tickets = new TicketState(_tickets.Last + 1, _tickets.Open + 1);
        (_modelCalls ??= []).Add(call with { Ticket = _tickets.Last });
        return _tickets.Last;
    }

    private void BeginModels(in CellEvent evt) => (_models, _modelCalls) = (evt.Models, null);
}
