using System.Text.Json;
using System.Text.Json.Serialization;

namespace Voxeltron.Cli.Fabric;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ModuleAnswer))]
[JsonSerializable(typeof(ModulePage))]
[JsonSerializable(typeof(MissionAnswer))]
[JsonSerializable(typeof(MissionPage))]
[JsonSerializable(typeof(TaskPage))]
[JsonSerializable(typeof(ReadyAnswer))]
[JsonSerializable(typeof(WhoAmIAnswer))]
[JsonSerializable(typeof(EventAnswer))]
[JsonSerializable(typeof(FaultRequest))]
[JsonSerializable(typeof(FaultAnswer))]
[JsonSerializable(typeof(BudgetAnswer))]
[JsonSerializable(typeof(ControlAnswer))]
[JsonSerializable(typeof(RetryRequest))]
[JsonSerializable(typeof(TopUpRequest))]
[JsonSerializable(typeof(ModelsAppliedAnswer))]
[JsonSerializable(typeof(AirGapAnswer))]
[JsonSerializable(typeof(ModelsAnswer))]
[JsonSerializable(typeof(MissionEnd))]
[JsonSerializable(typeof(GatePage))]
[JsonSerializable(typeof(GateDetailAnswer))]
[JsonSerializable(typeof(DecisionRequest))]
[JsonSerializable(typeof(DecisionAnswer))]
[JsonSerializable(typeof(ApproverRequest))]
[JsonSerializable(typeof(ApproverPage))]
[JsonSerializable(typeof(ApproverActAnswer))]
[JsonSerializable(typeof(ProblemAnswer))]
[JsonSerializable(typeof(JsonElement))]
public sealed partial class ApiJson : JsonSerializerContext;
