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
[JsonSerializable(typeof(ModelsAppliedAnswer))]
[JsonSerializable(typeof(AirGapAnswer))]
[JsonSerializable(typeof(ModelsAnswer))]
[JsonSerializable(typeof(MissionEnd))]
[JsonSerializable(typeof(ProblemAnswer))]
[JsonSerializable(typeof(JsonElement))]
public sealed partial class ApiJson : JsonSerializerContext;
