namespace Voxeltron.Ninmu;

/// <summary>Every refusal of a spec. Listed with its remedy in docs/mission-spec.md; change both.</summary>
public static class SpecCodes
{
    public const string NotJson = "not_json";
    public const string DuplicateKey = "duplicate_key";
    public const string TooDeep = "too_deep";
    public const string TooLarge = "too_large";
    public const string TooMany = "too_many";
    public const string Missing = "missing";
    public const string UnknownMember = "unknown_member";
    public const string WrongType = "wrong_type";
    public const string OutOfRange = "out_of_range";
    public const string UnsupportedVersion = "unsupported_version";
    public const string BadName = "bad_name";
    public const string BadModuleDigest = "bad_module_digest";
    public const string Duplicate = "duplicate";
    public const string UnknownType = "unknown_type";
    public const string UnknownColumn = "unknown_column";
    public const string NullableKey = "nullable_key";
    public const string JsonKey = "json_key";
    public const string NotDecimal = "not_decimal";
    public const string UnknownInput = "unknown_input";
    public const string UnknownProfile = "unknown_profile";
    public const string UnknownTask = "unknown_task";
    public const string UnknownWhen = "unknown_when";
    public const string UnknownRate = "unknown_rate";
    public const string UnknownChoice = "unknown_choice";
    public const string UnknownDimension = "unknown_dimension";
    public const string BadEgress = "bad_egress";
    public const string Cycle = "cycle";
    public const string MapMismatch = "map_mismatch";
    public const string MapSingle = "map_single";
    public const string InputNotSingle = "input_not_single";
    public const string InputConflict = "input_conflict";
    public const string InputFromNotUpstream = "input_from_not_upstream";
    public const string InputFromSettled = "input_from_settled";
    public const string InputFromMapped = "input_from_mapped";
    public const string UnknownGate = "unknown_gate";
    public const string UnknownRole = "unknown_role";
    public const string UnknownExpiry = "unknown_expiry";
    public const string QuorumTooLarge = "quorum_too_large";
    public const string ExpiryMissing = "expiry_missing";
}
