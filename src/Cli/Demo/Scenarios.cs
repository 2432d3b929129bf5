namespace Voxeltron.Cli.Demo;

/// <summary>The kinds of valid request the generator makes, against the schedule in samples/prior-auth/coverage.csv.</summary>
public static class Scenarios
{
    private const string Harbor = "430177";
    private const string Prairie = "551208";

    /// <param name="Name">Part of the file name.</param>
    /// <param name="Weight">How often, against the others.</param>
    /// <param name="Expected">approve, pend or deny.</param>
    /// <param name="Shape">Changes an ordinary draft into this one.</param>
    public sealed record Scenario(string Name, int Weight, string Expected, Func<RequestDraft, SeededSequence, RequestDraft> Shape);

    public static readonly IReadOnlyList<Scenario> Valid =
    [
        new("consultation", 12, "approve", (d, r) => Line(d, Consultation(r.Between(1, 6))) with { Diagnoses = [r.Pick(["G89.4", "M54.5", "I10"])] }),
        new("cpap", 10, "approve", (d, _) => Line(d, Cpap()) with { Diagnoses = ["G47.33"] }),
        new("cpap-harbor", 5, "approve", (d, _) => Line(At(d, Harbor), Cpap()) with { Diagnoses = ["G4733"] }),
        new("home-nursing", 8, "approve", (d, r) => Line(d, Nursing(r.Between(4, 40)))),
        new("home-nursing-part", 3, "approve", (d, _) => Line(d, Nursing(12) with { Quantity = "12.5" })),
        new("infliximab-after-steps", 6, "approve", (d, r) => Line(d, Infliximab(r.Between(20, 60))) with { Diagnoses = ["K50.90"], Therapies = ["5487"] }),
        new("wheelchair", 5, "approve", (d, _) => Line(d, new LineDraft("hcpcs", "K0001", "Standard wheelchair")) with { Diagnoses = ["M62.81"] }),
        new("two-services", 6, "approve", (d, r) => Line(d, Consultation(2), Nursing(r.Between(4, 20)))),
        new("knee-orthosis", 4, "approve", (d, _) => Line(At(d, Harbor), new LineDraft("hcpcs", "L1851", "Knee orthosis")) with { Diagnoses = ["M17.11"] }),

        new("quantity", 5, "pend", (d, r) => Line(d, Nursing(r.Between(61, 200)))),
        new("quantity-just-over", 1, "pend", (d, _) => Line(d, Nursing(60) with { Quantity = "60.001" })),
        new("diagnosis", 5, "pend", (d, _) => Line(d, Cpap()) with { Diagnoses = ["J45.20"] }),
        new("no-diagnosis", 2, "pend", (d, _) => Line(d, Cpap())),
        new("steps-missing", 5, "pend", (d, _) => Line(d, Infliximab(40)) with { Diagnoses = ["K51.00"] }),
        new("too-young", 3, "pend", (d, r) => Line(d, Cpap()) with { Diagnoses = ["G47.33"], BirthDate = $"201{r.Below(10)}-06-15" }),
        new("eighteen-tomorrow", 1, "pend", (d, _) => Line(d, Cpap()) with { Diagnoses = ["G47.33"], BirthDate = "2008-03-03", Created = "2026-03-02" }),
        new("eighteen-today", 1, "approve", (d, _) => Line(d, Cpap()) with { Diagnoses = ["G47.33"], BirthDate = "2008-03-02", Created = "2026-03-02" }),
        new("age-unknown", 2, "pend", (d, _) => Line(d, Cpap()) with { Diagnoses = ["G47.33"], BirthDate = null }),
        new("clinician-review", 4, "pend", (d, _) => Line(d, new LineDraft("hcpcs", "J2350", "Ocrelizumab, 1 mg", "300")) with { Diagnoses = ["G35"] }),
        new("not-listed", 4, "pend", (d, _) => Line(d, new LineDraft("hcpcs", "E0747", "Osteogenesis stimulator"))),
        new("code-expired", 3, "pend", (d, _) => Line(d, new LineDraft("hcpcs", "G0154", "Skilled nursing", "8"))),
        new("inquiry", 2, "pend", (d, _) => Line(d, Consultation(1)) with { Inquiry = true }),
        new("mixed", 3, "pend", (d, _) => Line(d, Consultation(1), new LineDraft("hcpcs", "A9270", "Non-covered item"))),
        new("other-beneficiary", 2, "pend", (d, _) => Line(d, Consultation(1)) with { OtherBeneficiary = true }),

        new("unknown-plan", 4, "deny", (d, _) => Line(d, Consultation(1)) with { Payer = "999999", PayerName = "NO SUCH PLAN" }),
        new("coverage-cancelled", 3, "deny", (d, _) => Line(d, Consultation(1)) with { CoverageStatus = "cancelled" }),
        new("coverage-ended", 3, "deny", (d, _) => Line(d, Cpap()) with { Diagnoses = ["G47.33"], CoverageStart = "2024-01-01", CoverageEnd = "2025-12-31" }),
        new("not-started", 1, "deny", (d, _) => Line(d, Consultation(1)) with { CoverageStart = "2027-01-01" }),
        new("excluded", 4, "deny", (d, _) => Line(d, new LineDraft("hcpcs", "A9270", "Non-covered item"))),
        new("excluded-prairie", 2, "deny", (d, _) => Line(At(d, Prairie), new LineDraft("hcpcs", "K0823", "Power wheelchair"))),
    ];

    private static LineDraft Consultation(int visits) => new("x12-1365", "3", "Consultation", visits.ToString());

    private static LineDraft Cpap() => new("hcpcs", "E0601", "CPAP device", "1");

    private static LineDraft Nursing(int units) => new("hcpcs", "G0299", "Skilled nursing by RN", units.ToString());

    private static LineDraft Infliximab(int units) => new("hcpcs", "J1745", "Infliximab, 10 mg", units.ToString());

    private static RequestDraft Line(RequestDraft draft, params LineDraft[] lines) => draft with { Lines = lines };

    private static RequestDraft At(RequestDraft draft, string payer) => draft with
    {
        Payer = payer,
        PayerName = payer == Harbor ? "HARBOR MUTUAL" : "PRAIRIE HEALTH PLAN",
    };
}
