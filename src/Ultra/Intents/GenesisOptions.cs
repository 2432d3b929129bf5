namespace Voxeltron.Ultra;

/// <summary>What set-up decides about a new fabric's first keys.</summary>
/// <param name="Fabric">The fabric's id, random.</param>
/// <param name="TimeUs">Set-up time; the keys are valid from here.</param>
/// <param name="IntentId">Random.</param>
/// <param name="CaValidFor">How long the CA may delegate.</param>
/// <param name="KeysValidFor">How long the api, sre, operator and log keys are valid.</param>
public sealed record GenesisOptions(Guid Fabric, long TimeUs, Guid IntentId, TimeSpan CaValidFor, TimeSpan KeysValidFor);
