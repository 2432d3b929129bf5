using System.Text.Json;

namespace Voxeltron.Cli.Fabric;

/// <summary>What the API answers, as far as this program reads it. docs/http.md is the contract.</summary>
public sealed record ModuleAnswer(string ModuleDigest, string? Name, string Status, long SizeBytes, int? AbiVersion, string? ReasonCode, string? Reason, string? TimeCreated);

public sealed record ModulePage(IReadOnlyList<ModuleAnswer> Modules, string? NextAfter);

public sealed record TaskCounts(int Total, int Waiting, int Running, int Completed, int Refused, int Failed, int Skipped);

public sealed record MissionAnswer(string MissionId, string? Name, string Status, long? Seq, long? Epoch, TaskCounts? Tasks, string? Reason, string? TimeCreated, string? Code = null);

public sealed record MissionPage(IReadOnlyList<MissionAnswer> Missions, string? NextAfter);

public sealed record TaskAnswer(string TaskKey, string TaskId, string? ItemKey, string Status, int Attempt, string? WaitingFor, string? OutcomeCode, long? LastSeq);

public sealed record TaskPage(IReadOnlyList<TaskAnswer> Tasks, string? NextAfter);

public sealed record ReadyAnswer(string Status, IReadOnlyDictionary<string, string>? Checks);

public sealed record WhoAmIAnswer(string Tenant, string KeyId, string? Name, string Role);

public sealed record EventAnswer(long Seq, string Kind, string Actor, string Time, long Epoch, JsonElement Body, long? PayloadSize);

public sealed record FaultRequest(string Fault, string? Cell, string? Task);

public sealed record FaultAnswer(string MissionId, string Fault, string IntentId, string Status, long? Seq);

public sealed record ModelsAppliedAnswer(int Serial, string Digest, int Providers, string IntentId, string Status, long? Seq);

public sealed record AirGapAnswer(string Tenant, bool On, string IntentId, string Status, long? Seq);

public sealed record ModelsAnswer(string Tenant, int Serial, string? NotAfter, bool AirGap, bool AirGapOfFabric, IReadOnlyList<ModelProviderAnswer> Providers);

public sealed record ModelProviderAnswer(
    string Name, string Kind, string Place, string Model, IReadOnlyList<string> Classes, int ContextTokens,
    [property: System.Text.Json.Serialization.JsonPropertyName("input_micro_per_1k")] long InputMicroPer1k,
    [property: System.Text.Json.Serialization.JsonPropertyName("output_micro_per_1k")] long OutputMicroPer1k, string? Key);

public sealed record MissionEnd(string MissionId, string Status);

public sealed record ProblemAnswer(string? Type, string? Title, int? Status, string? Detail, string? WhatToDo, string? TraceId, string? Message, string? OutcomeCode, IReadOnlyList<ProblemError>? Errors)
{
    public string Code => Type is not null && Type.StartsWith("urn:voxeltron:problem:", StringComparison.Ordinal) ? Type["urn:voxeltron:problem:".Length..] : "unknown";
}

public sealed record ProblemError(string? Path, string? Code, string? Reason);

public sealed record BudgetAnswer(string? OnBudget, IReadOnlyList<BudgetLine> Dimensions);

/// <param name="Limit">Null: nothing limits it.</param>
public sealed record BudgetLine(string Dimension, long? Limit, long Spent, long Held, long Over);

public sealed record TopUpRequest(IReadOnlyDictionary<string, long> More);

public sealed record RetryRequest(string Task);

/// <param name="Seq">Null: no owner has taken it yet.</param>
public sealed record ControlAnswer(string IntentId, string Status, long? Seq);
