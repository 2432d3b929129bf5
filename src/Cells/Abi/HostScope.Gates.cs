using System.Text.Json;
using Voxeltron.Cosmictron;

namespace Voxeltron.Cells;

/// <summary>
/// Questions to people. Nobody is asked here: the gate is opened behind the event's entry. In a mission without gates the import answers
/// <c>UNAVAILABLE</c> before it looks at anything, as modules compiled for version 1 know it.
/// </summary>
internal sealed partial class HostScope
{
    private const string UnknownGate = "unknown";

    private IReadOnlySet<string>? _declaredGates;
    private List<CellGate>? _gates;

    public IReadOnlyList<CellGate> Gates => _gates ?? (IReadOnlyList<CellGate>)[];

    public bool HasGates => _declaredGates is not null;

    /// <returns>A ticket from 1, or a status.</returns>
    public long GateBegin(GuestMemory memory, int pointer, int length)
    {
        if (_declaredGates is null)
        {
            Deny(DenialCodes.NotOffered, "gate_begin");
            return (long)StateStatus.Unavailable;
        }

        if (!memory.TrySlice(pointer, length, out var text))
        {
            return (long)StateStatus.BadMemory;
        }

        if (!IsInTask)
        {
            return (long)StateStatus.NotActive;
        }

        if (text.Length > CellLimits.GateTextBytes)
        {
            return (long)StateStatus.TooLarge;
        }

        if (GateReader.TryRead(text, IsRow) is not { } asked)
        {
            return (long)StateStatus.BadArgument;
        }

        if (!_declaredGates.Contains(asked.Gate))
        {
            // The name is the guest's text: only one that could be a gate's stands in a record.
            Deny(DenialCodes.GateNotDeclared, IsGateName(asked.Gate) ? asked.Gate : UnknownGate);
            return (long)StateStatus.Denied;
        }

        // They share the room of emits, as requests do.
        if (_tickets.Open >= CellLimits.OpenTickets || _tickets.Last == int.MaxValue || _emitBytes + text.Length > CellLimits.EmitBytes)
        {
            return (long)StateStatus.Limit;
        }

        _emitBytes += text.Length;
        _tickets = new TicketState(_tickets.Last + 1, _tickets.Open + 1);
        (_gates ??= []).Add(asked with { Ticket = _tickets.Last });
        return _tickets.Last;
    }

    private bool IsRow(string table, JsonElement key) => _transaction.NameStatus(table, key) == StateStatus.Ok;

    private static bool IsGateName(string name) => name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private void BeginGates(in CellEvent evt) => (_declaredGates, _gates) = (evt.Gates, null);
}
