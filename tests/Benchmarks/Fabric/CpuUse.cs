using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <summary>CPU time of the parts of a fabric, in ms; 0 for a part that was not found on this machine.</summary>
internal readonly record struct CpuUse(double ApiMs, double WorkersMs, double PostgresMs, double ClientMs)
{
    public double TotalMs => ApiMs + WorkersMs + PostgresMs + ClientMs;

    public static CpuUse operator -(CpuUse end, CpuUse begin) => end.Minus(begin);

    public CpuUse Minus(CpuUse begin) => new(ApiMs - begin.ApiMs, WorkersMs - begin.WorkersMs, PostgresMs - begin.PostgresMs, ClientMs - begin.ClientMs);

    public JsonObject Per(int operations) => new()
    {
        ["api"] = Figures.Number(ApiMs * 1000 / operations),
        ["worker"] = Figures.Number(WorkersMs * 1000 / operations),
        ["postgres"] = Figures.Number(PostgresMs * 1000 / operations),
        ["client"] = Figures.Number(ClientMs * 1000 / operations),
    };

    public string Text(int operations) =>
        $"api {ApiMs * 1000 / operations:0}, worker {WorkersMs * 1000 / operations:0}, postgres {PostgresMs * 1000 / operations:0}, client {ClientMs * 1000 / operations:0}";
}
