using System.Text.Json.Serialization;
using Voxeltron.Api.Cells;
using Voxeltron.Api.Budgets;
using Voxeltron.Api.Faults;
using Voxeltron.Api.Gates;
using Voxeltron.Api.Hosts;
using Voxeltron.Api.Missions;
using Voxeltron.Api.Models;
using Voxeltron.Api.Modules;
using Voxeltron.Api.Views;

namespace Voxeltron.Api;

/// <summary>Every JSON document the Api answers with, in snake_case.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ModuleView))]
[JsonSerializable(typeof(ModulePage))]
[JsonSerializable(typeof(HostPage))]
[JsonSerializable(typeof(CellPage))]
[JsonSerializable(typeof(ReloadBody))]
[JsonSerializable(typeof(RollbackBody))]
[JsonSerializable(typeof(ReloadView))]
[JsonSerializable(typeof(MissionModulesView))]
[JsonSerializable(typeof(MissionView))]
[JsonSerializable(typeof(MissionPage))]
[JsonSerializable(typeof(TaskView))]
[JsonSerializable(typeof(TaskPage))]
[JsonSerializable(typeof(BudgetView))]
[JsonSerializable(typeof(ControlView))]
[JsonSerializable(typeof(IncidentPage))]
[JsonSerializable(typeof(ItemView))]
[JsonSerializable(typeof(BatchView))]
[JsonSerializable(typeof(ActView))]
[JsonSerializable(typeof(FaultBody))]
[JsonSerializable(typeof(FaultView))]
[JsonSerializable(typeof(GateView))]
[JsonSerializable(typeof(GatePage))]
[JsonSerializable(typeof(GateDetail))]
[JsonSerializable(typeof(DecisionBody))]
[JsonSerializable(typeof(DecisionView))]
[JsonSerializable(typeof(ApproverBody))]
[JsonSerializable(typeof(ApproverView))]
[JsonSerializable(typeof(ApproverPage))]
[JsonSerializable(typeof(ApproverActView))]
[JsonSerializable(typeof(AirGapBody))]
[JsonSerializable(typeof(AirGapView))]
[JsonSerializable(typeof(ModelsDeclaredView))]
[JsonSerializable(typeof(ModelsView))]
[JsonSerializable(typeof(ViewBody))]
[JsonSerializable(typeof(DeclaredViewView))]
[JsonSerializable(typeof(WhoAmIView))]
internal sealed partial class ApiJson : JsonSerializerContext;

/// <summary>How times look in JSON: RFC 3339, UTC, microseconds.</summary>
internal static class ApiTime
{
    public static string Text(DateTime utc) => utc.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");

    public static string Text(long unixUs) => Text(Kernel.UnixTime.ToDateTime(unixUs));
}

internal sealed record WhoAmIView(string Tenant, string KeyId, string Name, string Role);
