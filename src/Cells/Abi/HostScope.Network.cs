using Voxeltron.Cosmictron;
using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// Network imports. Nothing is sent here: what an event asks for leaves when its action is durable. A profile without egress answers
/// <c>UNAVAILABLE</c> before it looks at anything, as modules compiled for version 1 know it.
/// </summary>
internal sealed partial class HostScope
{
    /// <summary>Places named one by one in an action; more are counted under "other".</summary>
    private const int DenialsNamed = 16;

    private const string OtherPlaces = "other";

    private EgressProfile? _egress;
    private ReplyReader _reply;
    private List<CellRequest>? _requests;
    private List<CellDenial>? _denials;

    public IReadOnlyList<CellRequest> Requests => _requests ?? (IReadOnlyList<CellRequest>)[];

    public IReadOnlyList<CellDenial> Denials => _denials ?? (IReadOnlyList<CellDenial>)[];

    public bool HasEgress => _egress is not null;

    /// <returns>A ticket from 1, or a status.</returns>
    public long HttpBegin(GuestMemory memory, int requestPointer, int requestLength, int bodyPointer, int bodyLength)
    {
        if (_egress is null)
        {
            Deny(DenialCodes.NoEgress, "http_begin");
            return (long)StateStatus.Unavailable;
        }

        if (!memory.TrySlice(requestPointer, requestLength, out var text) || !memory.TrySlice(bodyPointer, bodyLength, out var body))
        {
            return (long)StateStatus.BadMemory;
        }

        if (!IsInTask)
        {
            return (long)StateStatus.NotActive;
        }

        if (text.Length > CellLimits.RequestTextBytes || body.Length > _egress.Limits.RequestBytes)
        {
            return (long)StateStatus.TooLarge;
        }

        if (RequestReader.TryRead(text, _egress.Limits) is not { } request)
        {
            return (long)StateStatus.BadArgument;
        }

        if (_egress.Find(request.Url) is null)
        {
            Deny(DenialCodes.NotGranted, request.Url.Place);
            return (long)StateStatus.Denied;
        }

        // They share the room of emits: both are bytes an event hands out.
        var bytes = text.Length + body.Length;
        if (_tickets.Open >= CellLimits.OpenTickets || _tickets.Last == int.MaxValue || _emitBytes + bytes > CellLimits.EmitBytes)
        {
            return (long)StateStatus.Limit;
        }

        _emitBytes += bytes;
        _tickets = new TicketState(_tickets.Last + 1, _tickets.Open + 1);
        (_requests ??= []).Add(request with { Ticket = _tickets.Last, Body = body.ToArray() });
        return _tickets.Last;
    }

    public int ReplyRead(GuestMemory memory, int outPointer, int outCapacity)
    {
        if (!memory.TrySlice(outPointer, outCapacity, out var output))
        {
            return (int)StateStatus.BadMemory;
        }

        return _active && _kind == CellEventKind.Reply ? _reply.Read(output) : (int)StateStatus.NotActive;
    }

    internal static bool IsTag(string tag)
    {
        if (tag.Length > CellLimits.TagLength)
        {
            return false;
        }

        foreach (var character in tag)
        {
            if (!char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character is not ('_' or '-' or '.'))
            {
                return false;
            }
        }

        return true;
    }

    private void BeginNetwork(in CellEvent evt)
    {
        _egress = evt.Egress;
        _reply = new ReplyReader(evt.Kind == CellEventKind.Reply ? evt.Input : default);
        (_requests, _denials) = (null, null);
    }

    private void EndNetwork()
    {
        _egress = null;
        _reply = default;
    }

    /// <summary>Refused by the caller; counted here.</summary>
    public void Deny(string code, string place)
    {
        var denials = _denials ??= [];
        if (denials.Count >= DenialsNamed && !denials.Exists(known => known.Code == code && known.Place == place))
        {
            place = OtherPlaces;
        }

        var at = denials.FindIndex(known => known.Code == code && known.Place == place);
        if (at < 0)
        {
            denials.Add(new CellDenial(code, place, 1));
        }
        else
        {
            denials[at] = denials[at] with { Count = denials[at].Count + 1 };
        }
    }
}
