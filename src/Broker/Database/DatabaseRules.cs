using System.Globalization;
using System.Net;

namespace Voxeltron.Broker;

/// <summary>What leaves a database's namespace: connections to that server, twice asked, inside and where they come out.</summary>
/// <remarks>
/// A server on this machine sees such a connection come from its own address, as any other of this machine (its pg_hba.conf may ask). One
/// that listens on loopback alone is reached by the cable's end on the same port, translated on both sides: routing alone would not let a
/// packet for 127.0.0.1 out. Both ends then believe the other to be on their loopback, whose packets are larger than the cable takes: what they
/// tell each other to send (MSS) is cut down to it. Each text replaces its table in one transaction; connections to an address that stays do so too, those to
/// one that is left are reset when they next send.
/// </remarks>
internal static class DatabaseRules
{
    private const string InsideTable = "vx";
    public static string OfMachine(DatabasePlan plan, DatabaseServer server) => $$"""
        table inet {{plan.Table}} { }
        delete table inet {{plan.Table}}
        table inet {{plan.Table}} {
          set server { type ipv4_addr . inet_service; elements = { {{Elements(plan, server)}} } }
          chain from_inside {
            type filter hook prerouting priority raw; policy accept;
            iifname "{{plan.Link}}" ip saddr {{plan.Inside}} ip daddr . tcp dport @server accept
            iifname "{{plan.Link}}" drop
          }
          chain to_loopback {
            type nat hook prerouting priority dstnat; policy accept;
            {{(server.Loopback is { } loopback ? $"iifname \"{plan.Link}\" ip daddr {plan.Gateway} tcp dport {Number(server.Port)} dnat ip to {loopback}" : "")}}
          }
          chain to_own {
            type nat hook input priority 100; policy accept;
            {{string.Join('\n', server.Own.Append(server.Loopback).OfType<IPAddress>().Select(own => $"iifname \"{plan.Link}\" ip daddr {own} snat ip to {own}"))}}
          }
          chain to_elsewhere {
            type nat hook postrouting priority srcnat; policy accept;
            ip saddr {{plan.Inside}} oifname != "{{plan.Link}}" masquerade
          }
          chain to_inside {
            type filter hook postrouting priority mangle; policy accept;
            oifname "{{plan.Link}}" tcp flags & (syn | ack) == syn | ack tcp option maxseg size set rt mtu
          }
          chain forward {
            type filter hook forward priority filter; policy accept;
            oifname "{{plan.Link}}" ct state established,related accept
            oifname "{{plan.Link}}" drop
          }
        }
        """;

    public static string OfInside(DatabasePlan plan, DatabaseServer server) => $$"""
        table inet {{InsideTable}} { }
        delete table inet {{InsideTable}}
        table inet {{InsideTable}} {
          set server { type ipv4_addr . inet_service; elements = { {{Elements(plan, server)}} } }
          chain from_loopback {
            type nat hook output priority -100; policy accept;
            {{(server.Loopback is { } loopback ? $"ip daddr {loopback} tcp dport {Number(server.Port)} dnat ip to {plan.Gateway}" : "")}}
          }
          chain as_inside {
            type nat hook postrouting priority srcnat; policy accept;
            oifname "eth0" ip saddr 127.0.0.0/8 snat ip to {{plan.Inside}}
          }
          chain output {
            type filter hook output priority filter; policy drop;
            ip daddr . tcp dport @server tcp flags syn tcp option maxseg size set rt mtu
            ip daddr . tcp dport @server accept
            meta l4proto tcp reject with tcp reset
          }
          chain input {
            type filter hook input priority filter; policy drop;
            ct state established accept
            ct state related ip protocol icmp accept
          }
          chain forward {
            type filter hook forward priority filter; policy drop;
          }
        }
        """;

    /// <summary>As packets out of the namespace name it.</summary>
    private static string Elements(DatabasePlan plan, DatabaseServer server) =>
        string.Join(", ", server.Elsewhere.Concat(server.Own).Concat(server.Loopback is null ? [] : [plan.Gateway]).Select(address => $"{address} . {Number(server.Port)}"));

    private static string Number(int port) => port.ToString(CultureInfo.InvariantCulture);
}
