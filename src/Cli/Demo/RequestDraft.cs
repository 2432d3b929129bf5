namespace Voxeltron.Cli.Demo;

/// <summary>What a generated request says, before it is written as a FHIR Bundle. Everything in it is made up.</summary>
public sealed record RequestDraft
{
    public string Payer { get; init; } = "789312";

    public string PayerName { get; init; } = "MARYLAND CAPITAL INSURANCE COMPANY";

    public string Family { get; init; } = "";

    public string Given { get; init; } = "";

    public string? BirthDate { get; init; } = "1970-01-01";

    public string Created { get; init; } = "2026-03-02";

    public bool Urgent { get; init; }

    public string CoverageStatus { get; init; } = "active";

    public string? CoverageStart { get; init; }

    public string? CoverageEnd { get; init; }

    /// <summary>The coverage belongs to another person in the bundle.</summary>
    public bool OtherBeneficiary { get; init; }

    public IReadOnlyList<string> Diagnoses { get; init; } = [];

    public IReadOnlyList<LineDraft> Lines { get; init; } = [];

    /// <summary>Codes of medication documented as taken before.</summary>
    public IReadOnlyList<string> Therapies { get; init; } = [];

    /// <summary>References by urn:uuid instead of by type and id; both are in use.</summary>
    public bool ByUuid { get; init; }

    public string Use { get; init; } = "preauthorization";

    public string Status { get; init; } = "active";

    /// <summary>A practitioner the Claim refers to is left out of the Bundle.</summary>
    public bool LeaveOutPractitioner { get; init; }

    public bool LeaveOutInsurance { get; init; }

    /// <summary>The items carry a review action: a question about an authorisation that exists.</summary>
    public bool Inquiry { get; init; }
}
